// Instants of a page, read apart from its text and put into it here. The text of two instants is a third of what a record
// costs Postgres; as it sends them in binary, eight bytes each, they cost it next to nothing.

import { type RawBuilder, sql } from 'kysely';
import { type DateTexts, dateText, instantMs, msOfDay } from './binary-instant.ts';

/** Where an instant belongs. JSON text never holds it: it would be escaped. */
export const instantMark = '\u0002';

/** The instants of these columns of the rows that are aggregated: row by row, eight bytes each. */
export function instantBytes(alias: string, columns: readonly string[]): RawBuilder<Uint8Array | null> {
  if (columns.length === 0) return sql`null::bytea`;
  const sent = columns.map(
    (name) => sql`timestamptz_send(coalesce(${sql.ref(`${alias}.${name}`)}, '-infinity'))`,
  );
  return sql`string_agg(${sql.join(sent, sql` || `)}, '')`;
}

/** The text with an instant as JSON in the place of each mark, or null for one that is none. */
export function withInstants(text: string, bytes: Uint8Array | null): string {
  if (bytes === null) return text;
  const instants = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dates: DateTexts = new Map();
  const pieces = text.split(instantMark);
  for (let i = 1; i < pieces.length; i += 1) {
    const at = 8 * (i - 1);
    pieces[i] = instantJson(instants.getInt32(at), instants.getUint32(at + 4), dates) + pieces[i];
  }
  return pieces.join('');
}

const upperHalfOfNone = -0x80000000;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, '0'));

function instantJson(high: number, low: number, dates: DateTexts): string {
  if (high === upperHalfOfNone) return 'null';
  const ms = instantMs(high, low);
  const day = Math.floor(ms / msOfDay);
  const ofDay = ms - day * msOfDay;
  const seconds = Math.floor(ofDay / 1_000);
  const minutes = Math.floor(seconds / 60);
  const time = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}`;
  return `"${dateText(day, dates)}T${time}.${three[ofDay % 1_000]}Z"`;
}
