// Instants as Postgres sends them in binary: eight bytes of microseconds since the year 2000.

const msOf2000 = Date.UTC(2000, 0, 1);
export const msOfDay = 86_400_000;

/**
 * Milliseconds since 1970, of the two halves. Columns have milliseconds, so that what a double rounds away of an instant
 * that is far off is nothing.
 */
export const instantMs = (high: number, low: number): number =>
  Math.round((high * 0x100000000 + low) / 1_000) + msOf2000;

/** YYYY-MM-DD of a day since 1970. */
export const dateText = (day: number): string => new Date(day * msOfDay).toISOString().slice(0, 10);
