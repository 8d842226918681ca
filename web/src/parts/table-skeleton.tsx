/** The place that the rows will take. */
export function TableSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div className="table-frame skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={place} className="skeleton-row">
          <span />
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}

/** The place of something that is no table. */
export const BlockSkeleton = () => (
  <div className="skeleton skeleton-block" role="status" aria-label="Loading" />
);
