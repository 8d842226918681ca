// What a case comes to, as Markdown.

export interface Table {
  title: string;
  /** What was measured, and how, in whole sentences. */
  text: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export function markdownOf({ title, text, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '---:')));
  return [`## ${title}`, '', text, '', line(head), rule, ...rows.map(line), ''].join('\n');
}
