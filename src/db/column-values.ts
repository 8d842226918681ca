// How columns come out, the same on both engines. Instants are ISO 8601 text in UTC with three decimals; int8 is a
// number as long as a number holds it exactly and text beyond 2^53; json and jsonb are parsed.

type Parse = (text: string) => unknown;

const int8: Parse = (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
};

/**
 * Postgres's text of a timestamp in UTC as ISO 8601, by cutting the text: "2026-01-31 09:30:00.12+00" becomes
 * "2026-01-31T09:30:00.120Z". Infinity and years before 1 or after 9999 stay as Postgres writes them.
 */
export function instantText(text: string): string {
  if (text.charCodeAt(10) !== 0x20 || text.endsWith('C')) return text;
  const end = text.endsWith('+00') ? text.length - 3 : text.length;
  const decimals = text.slice(20, Math.min(end, 23)).padEnd(3, '0');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${decimals}Z`;
}

/** By the OID of the type; arrays apart, since each engine has its own way with them. */
export const parserOfType: Readonly<Record<number, Parse>> = {
  20: int8,
  114: JSON.parse,
  1114: instantText,
  1184: instantText,
  3802: JSON.parse,
};

/** The OID of an array type and that of its elements. */
export const elementOfArrayType: Readonly<Record<number, number>> = { 1016: 20, 1115: 1114, 1185: 1184 };

/** What a session must have for the texts above to be what Postgres sends. */
export const sessionSettings = "set time zone 'UTC'; set datestyle to 'ISO'";
