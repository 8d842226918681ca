// Finds a secret wherever it could have got to, in every spelling that software gives a text on its way.

import { sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/** Anything that has the form of our keys, client secrets, and session tokens; hints do not. */
export const anySecret = /lk_(?:key|sec|ses)_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}/;

/** The secret as it is, and in base64, base64url, hex, percent-encoding, and JSON. */
export function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  // Inside a longer text, base64 cuts the secret at one of three places; its ends mix with the neighbours.
  const shifted = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const plain = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    percent,
    percent.toUpperCase(),
  ];
  return [
    ...new Set([
      ...plain,
      new URLSearchParams({ secret }).toString().slice(7),
      ...shifted,
      bytes.toString('hex'),
    ]),
  ];
}

/** The names of the secrets that are somewhere in these texts, with where. */
export function leaksIn(
  secrets: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const spellings = spellingsOf(secret);
    return Object.entries(texts)
      .filter(([, text]) => spellings.some((spelling) => text.includes(spelling)))
      .map(([place]) => `${name} is in ${place}`);
  });
}

/** Every row of every table as text, by table. */
export async function everyColumn(db: Database): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`.execute(db);
  const contents: Record<string, string> = {};
  for (const { schema, name } of tables) {
    const { rows } = await sql<{
      text: string;
    }>`select t::text as text from ${sql.table(`${schema}.${name}`)} t`.execute(db);
    contents[`the table ${name}`] = rows.map((row) => row.text).join('\n');
  }
  return contents;
}
