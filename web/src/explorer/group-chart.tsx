interface GroupChartProps {
  title: string;
  rows: readonly { name: string; count: number; note?: string }[];
}

/** As many groups as are asked for (explorer.graphql). */
const largest = 25;

/** The largest groups, each with its count and a bar beside it. */
export function GroupChart({ title, rows }: GroupChartProps) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <section className="section chart">
      <h2>{title}</h2>
      {rows.length === largest && <p className="quiet">The {largest} largest.</p>}
      {rows.length === 0 && <p className="quiet">None in these days.</p>}
      <dl className="groups">
        {rows.map(({ name, count, note }) => (
          <div key={name} className="group">
            <dt className="cut">{name}</dt>
            <dd>
              {count.toLocaleString()}
              {note && <span className="quiet"> · {note}</span>}
            </dd>
            <dd className="group-bar" aria-hidden="true">
              <span style={{ inlineSize: `${(count / most) * 100}%` }} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
