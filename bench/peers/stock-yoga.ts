// GraphQL Yoga as it comes, with a schema of one field, for everybody.

import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { sayListening } from './listen.ts';

const schema = createSchema({ typeDefs: 'type Query { ok: Boolean! }' });
const server = createServer(createYoga({ schema }));
server.listen(0, '127.0.0.1', () => sayListening(server));
