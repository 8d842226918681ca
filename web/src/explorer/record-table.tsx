import { exactly } from '../parts/when.tsx';
import type { Cell, Records } from './resources.ts';

/** Records as they are, in a table that scrolls sideways where it is narrow. */
export function RecordTable({ label, records: { columns, rows } }: { label: string; records: Records }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keys
    <section className="record-frame" tabIndex={0} aria-label={`${label}, scrolls sideways`}>
      <table className="records" aria-label={label}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, cells }) => (
            <tr key={id}>
              {cells.map((cell, place) => (
                <td key={columns[place]}>{textOf(cell) ?? <span className="quiet">none</span>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function textOf(cell: Cell): string | undefined {
  if ('yes' in cell) return cell.yes ? 'Yes' : 'No';
  if ('at' in cell) return cell.at ? exactly(cell.at) : undefined;
  return cell.text || undefined;
}
