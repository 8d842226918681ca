// Instants as text: RFC 3339 in, ISO 8601 in UTC with milliseconds out.

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * Reads an RFC 3339 date-time of the years 0001 to 9999, with any offset.
 * @returns ISO 8601 text in UTC with three decimals (finer ones are cut off), or undefined for anything else, a day
 *   that does not exist included.
 */
export function parseInstant(text: string): string | undefined {
  const match = rfc3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[];
  const daysInMonth = new Date(Date.UTC(2000 + ((year ?? 0) % 400), month ?? 0, 0)).getUTCDate();
  if (!month || month > 12 || !day || day > daysInMonth) return undefined;
  if ((hour ?? 0) > 23 || (minute ?? 0) > 59 || (second ?? 0) > 59) return undefined;
  const instant = new Date(text.toUpperCase().replace(/(\.\d{3})\d+/, '$1'));
  const utcYear = instant.getUTCFullYear();
  return utcYear >= 1 && utcYear <= 9999 ? instant.toISOString() : undefined;
}
