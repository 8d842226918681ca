// schema → schema.graphql, with the authorisation of every field; operations → typed documents. Run `npm run codegen`
// after a change of the schema (it reads the build); `npm test` fails while what is committed is stale.

import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { lexicographicSortSchema } from 'graphql';
import { schema } from './dist/src/schema/index.js';

const config: CodegenConfig = {
  schema: printSchemaWithDirectives(lexicographicSortSchema(schema)),
  documents: ['test/operations/*.graphql'],
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true, sort: true } },
    'test/operations/documents.ts': {
      plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { Date: 'string', DateTime: 'string', JWK: 'Record<string, unknown>' },
        onlyOperationTypes: true,
      },
    },
  },
};

export default config;
