// The names of the tests in a file, as its source has them: what another file says of them can be held to them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');

/** Where a suite or test begins, and its title, which follows on the line or after a table of many lines. */
const opening = /^( *)(describe|test|it)\b[.\w]*(?:<.*>)?\(/gm;
const title = String.raw`\(\s*(['"${'`'}])((?:\\.|(?!\1)[^\\])*)\1`;

/**
 * The full names of the tests in `test/<file>`: each with those of the suites around it before it, as "a session ends at
 * once when its person signs out".
 */
export function testTitlesIn(file: string): string[] {
  const source = readFileSync(join(folder, file), 'utf8');
  const around: { indent: number; name: string }[] = [];
  return [...source.matchAll(opening)].flatMap(({ 1: { length: indent } = '', 2: kind, index }) => {
    const name = titleFrom(source.slice(index), indent);
    if (name === undefined) return [];
    while ((around.at(-1)?.indent ?? -1) >= indent) around.pop();
    around.push({ indent, name });
    return kind === 'describe' ? [] : [plainly(around.map((each) => each.name).join(' '))];
  });
}

/** The formatter indents, so that a table ends on the next line that is indented no more. */
function titleFrom(source: string, indent: number): string | undefined {
  const [line = ''] = source.split('\n', 1);
  const onLine = new RegExp(`${title},`).exec(source.slice(0, line.length + 400));
  if (onLine && onLine.index < line.length) return unescaped(onLine[2]);
  const table = new RegExp(String.raw`^ {${indent}}[\])}]+(?: as const\)+)?${title}`, 'm').exec(source);
  return table ? unescaped(table[2]) : undefined;
}

const unescaped = (text = '') => text.replaceAll(/\\(.)/g, '$1');

/** Without what only marks words up, and without breaks. */
export const plainly = (text: string): string =>
  text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
