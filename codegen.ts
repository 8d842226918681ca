// schema → schema.graphql, with the authorisation of every field, and the types of the client; operations → typed
// documents. Run `npm run codegen` after a change of the schema (it reads the build); `npm test` fails while what is
// committed is stale.

import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { lexicographicSortSchema } from 'graphql';
import * as clientTypes from './client/codegen.ts';
import { schema } from './dist/src/schema/index.js';

const config: CodegenConfig = {
  schema: printSchemaWithDirectives(lexicographicSortSchema(schema)),
  documents: ['test/operations/*.graphql'],
  pluginLoader: (name) => (name === 'client-types' ? clientTypes : import(name)),
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true, sort: true } },
    'client/src/data-api.ts': { plugins: ['client-types'] },
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
