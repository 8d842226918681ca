/** What a name lacks that can be told without the server; what else may be wrong with it, the server says. */
export function nameProblem(name: string): string | undefined {
  const length = [...name.trim()].length;
  if (length === 0) return 'Give a name.';
  return length > 100 ? 'Give a name of at most 100 characters.' : undefined;
}
