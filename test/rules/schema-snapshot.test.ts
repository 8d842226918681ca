// The SDL on disk is what clients read, and what a review sees change: it is the schema that is served.

import { readFile } from 'node:fs/promises';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { lexicographicSortSchema, parse, print, visit } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';

/** Without what printers do each in their own way: the spelling of descriptions, and the order of definitions. */
function definitions(sdl: string): string[] {
  const withoutDescriptions = visit(parse(sdl), {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  });
  return print(withoutDescriptions).split('\n\n').sort();
}

test('schema.graphql is the schema that is served', async () => {
  const onDisk = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(definitions(onDisk)).toEqual(
    definitions(printSchemaWithDirectives(lexicographicSortSchema(schema))),
  );
});
