// schema → schema.graphql, with the authorisation of every field, and the types of the client; operations → typed
// documents of tests and console. Run `npm run codegen` after a change of the schema (it reads the build); `npm test`
// fails while what is committed is stale.

import type { CodegenConfig } from '@graphql-codegen/cli';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { lexicographicSortSchema } from 'graphql';
import * as clientTypes from './client/codegen.ts';
import { schema } from './dist/src/schema/index.js';

const typedDocuments = (documents: string) => ({
  documents,
  plugins: ['typescript', 'typescript-operations', 'typed-document-node'],
  config: {
    enumsAsTypes: true,
    useTypeImports: true,
    scalars: { Date: 'string', DateTime: 'string', JWK: 'Record<string, unknown>' },
    onlyOperationTypes: true,
  },
});

const config: CodegenConfig = {
  schema: printSchemaWithDirectives(lexicographicSortSchema(schema)),
  pluginLoader: (name) => (name === 'client-types' ? clientTypes : import(name)),
  generates: {
    'schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true, sort: true } },
    'client/src/data-api.ts': { plugins: ['client-types'] },
    'test/operations/documents.ts': typedDocuments('test/operations/*.graphql'),
    'web/operations/documents.ts': typedDocuments('web/operations/*.graphql'),
  },
};

export default config;
