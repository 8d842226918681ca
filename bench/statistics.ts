// Numbers out of rounds, and how they are written.

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** What was added between two readings; undefined where there are none. */
export const difference = (after: number | undefined, before: number | undefined): number | undefined =>
  after === undefined || before === undefined ? undefined : after - before;

/** Undefined as soon as one is. */
export const medianOf = (values: readonly (number | undefined)[]): number | undefined =>
  values.some((value) => value === undefined) ? undefined : median(values as number[]);

/** Three significant digits, more where the number is larger. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** The median of the rounds' own ratios, with the least and the greatest: what noise did is in view. */
export function ratioText(
  ours: readonly (number | undefined)[],
  theirs: readonly (number | undefined)[],
): string {
  const ratios = ours.map((value = Number.NaN, round) => value / (theirs[round] ?? Number.NaN));
  if (ratios.length === 0 || ratios.some(Number.isNaN)) return '–';
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}
