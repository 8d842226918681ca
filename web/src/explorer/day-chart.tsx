// A count for each day, as bars, and as a table for those who do not see them or want the numbers.

interface DayChartProps {
  title: string;
  days: readonly { day: string; count: number }[];
}

const height = 120;
/** A bar and the gap after it. */
const step = 12;
const gap = 3;

// A day of a calendar, which has no time zone to move it.
const shortDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const named = (day: string): string => shortDay.format(new Date(`${day}T00:00:00Z`));

export function DayChart({ title, days }: DayChartProps) {
  const most = Math.max(1, ...days.map(({ count }) => count));
  const total = days.reduce((sum, { count }) => sum + count, 0);
  const [first, last] = [days.at(0), days.at(-1)];
  const busiest = days.find(({ count }) => count === most);
  const summary = total === 0 ? 'None.' : `Most on ${named(busiest?.day ?? '')}: ${most.toLocaleString()}.`;
  return (
    <figure className="section chart">
      <figcaption>
        <h2>{title}</h2>
        <span className="quiet">{summary}</span>
      </figcaption>
      <svg
        className="bars"
        viewBox={`0 0 ${Math.max(1, days.length) * step} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}. ${summary}`}
      >
        {days.map(({ day, count }, place) => {
          const tall = (count / most) * (height - 2);
          return (
            <g key={day}>
              <title>{`${named(day)}: ${count.toLocaleString()}`}</title>
              <rect className="bar-place" x={place * step} y={0} width={step} height={height} />
              <rect
                className="bar"
                x={place * step}
                y={height - tall}
                width={step - gap}
                height={tall}
                rx={1}
              />
            </g>
          );
        })}
      </svg>
      <div className="chart-ends quiet">
        <span>{first && named(first.day)}</span>
        <span>{last && named(last.day)}</span>
      </div>
      <details className="aside">
        <summary>As a table</summary>
        <div className="chart-table">
          <table className="records" aria-label={title}>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Count</th>
              </tr>
            </thead>
            <tbody>
              {days.map(({ day, count }) => (
                <tr key={day}>
                  <th scope="row">{named(day)}</th>
                  <td>{count.toLocaleString()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
