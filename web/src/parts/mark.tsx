/** A latchkey: the bow, the shaft, and two bits. */
export function Mark({ className = '' }: { className?: string }) {
  return (
    <svg className={`mark ${className}`} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="mark-plate" />
      <g className="mark-key">
        <circle cx="11.2" cy="16" r="4.4" />
        <path d="M15.6 16H25.4M25.4 16v4.6M20.8 16v3.2" />
      </g>
    </svg>
  );
}
