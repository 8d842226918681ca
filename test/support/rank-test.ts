// The Mann-Whitney U test: could these samples have come from one distribution?

/**
 * The least p value among all pairs of samples, corrected for how many pairs there are (Bonferroni). By the normal
 * approximation, which is exact enough for hundreds of times that hardly ever tie.
 */
export function leastLikelihood(samples: readonly (readonly number[])[]): number {
  const pairs = samples.flatMap((one, i) => samples.slice(i + 1).map((other) => [one, other] as const));
  return Math.min(1, pairs.length * Math.min(...pairs.map(([one, other]) => likelihood(one, other))));
}

function likelihood(one: readonly number[], other: readonly number[]): number {
  const [m, n] = [one.length, other.length];
  const ranked = [
    ...one.map((time) => ({ time, own: true })),
    ...other.map((time) => ({ time, own: false })),
  ];
  ranked.sort((a, b) => a.time - b.time);
  const rankSum = ranked.reduce((sum, { own }, i) => sum + (own ? i + 1 : 0), 0);
  const u = rankSum - (m * (m + 1)) / 2;
  const z = Math.abs(u - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12);
  return 2 * upperTail(z);
}

/** Of the standard normal distribution (Abramowitz and Stegun 7.1.26). */
function upperTail(z: number): number {
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (polynomial * Math.exp((-z * z) / 2)) / 2;
}
