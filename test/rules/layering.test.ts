// The house: imports go one way, each outside library has one home, and a file's name says what is in it.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Source {
  /** From the project's root, as in src/auth/secret.ts. */
  path: string;
  text: string;
  /** What it imports: packages by name, own files by path. */
  imports: string[];
}

const importLine =
  /^(?:import\b[^'";]*?|export (?:type )?(?:\*|\{[^}]*\}) )from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

function sourceOf(path: string, text: string): Source {
  const specifiers = [...text.matchAll(importLine)].map(
    ([, from, alone, later]) => from ?? alone ?? later ?? '',
  );
  const imports = specifiers.map((specifier) =>
    specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(path), specifier))
      : specifier.startsWith('@')
        ? specifier.split('/').slice(0, 2).join('/')
        : (specifier.split('/')[0] ?? ''),
  );
  return { path, text, imports };
}

const sourcesIn = (...folders: string[]): Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => sourceOf(join(folder, name), readFileSync(join(root, folder, name), 'utf8'))),
  );

const sources = sourcesIn('src', 'migrations');
const consoleSources = sourcesIn('web/src');
/** What is published apart: it stands beside the house and knows nothing of it. */
const client = sourcesIn('client/src');

/** Which parts of the house a part may import. Leaves may be imported by everyone who names them. */
const mayImport: Record<string, readonly string[]> = {
  'src/main.ts': ['src/cli', 'src/log.ts'],
  'src/password-process.ts': ['src/auth', 'src/cli'],
  'src/cli': [
    'src/app.ts',
    'src/config.ts',
    'src/auth',
    'src/db',
    'src/errors.ts',
    'src/log.ts',
    'src/scopes.ts',
    'src/tracing.ts',
    'src/instant.ts',
    'src/version.ts',
  ],
  'src/app.ts': [
    'src/config.ts',
    'src/schema',
    'src/http',
    'src/auth',
    'src/db',
    'src/errors.ts',
    'src/log.ts',
    'src/scopes.ts',
    'src/tracing.ts',
  ],
  'src/schema': ['src/auth', 'src/db', 'src/errors.ts', 'src/log.ts', 'src/scopes.ts', 'src/instant.ts'],
  'src/http': [
    'src/auth',
    'src/db',
    'src/errors.ts',
    'src/fair-shares.ts',
    'src/log.ts',
    'src/scopes.ts',
    'src/tracing.ts',
    'src/instant.ts',
  ],
  'src/auth': ['src/db', 'src/log.ts', 'src/errors.ts', 'src/scopes.ts', 'src/instant.ts'],
  'src/db': ['migrations', 'src/errors.ts', 'src/fair-shares.ts', 'src/scopes.ts', 'src/instant.ts'],
  migrations: [],
  'src/config.ts': ['src/auth'],
  'src/errors.ts': [],
  'src/fair-shares.ts': [],
  'src/instant.ts': [],
  'src/log.ts': [],
  'src/scopes.ts': [],
  'src/tracing.ts': [],
  'src/version.ts': [],
};

const partOf = (path: string) =>
  Object.keys(mayImport).find((part) => path === part || path.startsWith(`${part}/`)) ??
  `${path} (no part of the house)`;

const isOwn = (imported: string) => /^(?:src|migrations|web)\//.test(imported);

const wrongWay = (files: readonly Source[]): string[] =>
  files.flatMap(({ path, imports }) =>
    imports
      .filter(isOwn)
      .filter(
        (imported) =>
          partOf(imported) !== partOf(path) && !mayImport[partOf(path)]?.includes(partOf(imported)),
      )
      .map((imported) => `${path} imports ${imported}`),
  );

/** The only places where each package is known. A package that is not here is a decision still to be made. */
const homes: Record<string, readonly string[]> = {
  '@base-ui/react': ['web/src'],
  '@electric-sql/pglite': ['src/db/embedded.ts', 'src/db/pglite-dialect.ts', 'src/db/pglite-texts.ts'],
  '@graphql-typed-document-node/core': ['web/src/api'],
  '@graphql-yoga/render-graphiql': ['src/http/graphiql.ts'],
  '@opentelemetry/api': ['src/cli/open-telemetry.ts'],
  '@opentelemetry/core': ['src/cli/open-telemetry.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['src/cli/open-telemetry.ts'],
  '@opentelemetry/resources': ['src/cli/open-telemetry.ts'],
  '@opentelemetry/sdk-trace-base': ['src/cli/open-telemetry.ts'],
  '@pothos/core': ['src/schema'],
  '@pothos/plugin-scope-auth': ['src/schema/builder.ts'],
  '@tanstack/react-query': ['web/src'],
  argon2: ['src/auth/passwords.ts', 'src/auth/secrets.ts'],
  'cli-progress': ['src/cli'],
  commander: ['src/cli'],
  dataloader: ['src/auth/batch.ts', 'src/schema/data/batches.ts'],
  graphql: ['src/schema', 'src/http/graphql.ts'],
  'graphql-request': ['web/src/api'],
  jose: ['src/auth/client-assertion.ts', 'src/auth/public-key.ts', 'src/auth/signing-keys.ts'],
  kysely: ['src/db', 'migrations'],
  'lru-cache': ['src/auth', 'src/db', 'src/http/precedence.ts', 'src/schema/execute.ts'],
  nanoid: ['src/auth/random.ts'],
  'p-limit': ['src/auth/work-queue.ts'],
  pg: ['src/db/copy-out.ts', 'src/db/postgres-dialect.ts'],
  pino: ['src/log.ts', 'src/http'],
  'prom-client': ['src/http/metrics.ts', 'src/http/state-metrics.ts', 'src/cli/worker-metrics.ts'],
  'proxy-addr': ['src/http/request.ts'],
  'ipaddr.js': ['src/auth/address-block.ts'],
  react: ['web/src'],
  'react-dom': ['web/src/main.tsx'],
  'rate-limiter-flexible': ['src/auth'],
  'stream-json': ['src/cli'],
  wouter: ['web/src'],
  zod: ['src/config.ts', 'src/db/data'],
};

const isAt = (path: string, places: readonly string[] = []) =>
  places.some((place) => path === place || path.startsWith(`${place}/`));

const homeless = (files: readonly Source[]): string[] =>
  files.flatMap(({ path, imports }) =>
    imports
      .filter((imported) => !isOwn(imported) && !imported.startsWith('node:') && !isAt(path, homes[imported]))
      .map((imported) => `${path} imports ${imported}`),
  );

const foreign = (files: readonly Source[]): string[] =>
  files.flatMap(({ path, imports }) =>
    imports
      .filter((imported) => imported !== 'jose' && !imported.startsWith('client/src/'))
      .map((imported) => `${path} imports ${imported}`),
  );

const having = (pattern: RegExp, files: readonly Source[] = sources) =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

/** Containers at the top of a file that something could be put into; constants of the catalogue kind are named. */
const moduleState =
  /^(?:export )?(?:let|var) |^(?:export )?const \w+(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|LRUCache|DataLoader)(?:<[^>]*>)?\(\)|\[\]|\{\});/m;

describe('the house', () => {
  test('is read whole', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  test('imports go one way: main, cli, app, schema and http, auth, db, and the leaves', () => {
    expect(wrongWay(sources)).toEqual([]);
  });

  test('each outside library has one home', () => {
    expect(homeless(sources)).toEqual([]);
  });

  test('the client imports nothing but jose and its own files, and nobody of the house imports it', () => {
    expect(client.length).toBeGreaterThan(10);
    expect(foreign(client)).toEqual([]);
    expect(having(/@latchkey\/client|client\/src/)).toEqual([]);
  });

  test('the console knows the API by its generated documents alone', () => {
    expect(consoleSources.length).toBeGreaterThan(40);
    const outside = consoleSources.flatMap(({ path, imports }) =>
      imports
        .filter((imported) => isOwn(imported) || imported.startsWith('.'))
        .filter((imported) => !imported.startsWith('web/src/') && imported !== 'web/operations/documents.ts')
        .map((imported) => `${path} imports ${imported}`),
    );
    expect(outside).toEqual([]);
    expect(homeless(consoleSources)).toEqual([]);
    expect(having(/\bfetch\(|XMLHttpRequest|\bgql\b|dangerouslySetInnerHTML/, consoleSources)).toEqual([]);
  });

  test('the environment and the exit of the process belong to main.ts', () => {
    expect(having(/\bprocess\.(?:env|argv|exit\b|stdout|stderr|stdin)/)).toEqual(['src/main.ts']);
    expect(having(/\bconsole\.\w+\(/)).toEqual([]);
  });

  test('no module keeps state', () => {
    expect(having(moduleState)).toEqual([]);
  });

  test('no file is a drawer or a barrel', () => {
    const drawers = /^(?:utils?|helpers?|common|types|misc|shared|lib|constants)\.ts$/;
    expect(sources.map(({ path }) => path).filter((path) => drawers.test(basename(path)))).toEqual([]);
    expect(having(/^export (?:\*|\{[^}]*\}) from/m)).toEqual([]);
    expect(
      sources
        .map(({ path }) => path)
        .filter((path) => !/^[a-z0-9]+(?:[-_][a-z0-9]+)*\.ts$/.test(basename(path))),
    ).toEqual([]);
  });

  test('SQL is written in db alone, and secrets are hashed before they come there', () => {
    const outside = sources.filter(({ path }) => !isAt(path, ['src/db', 'migrations']));
    expect(
      having(/\.(?:selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql(?:<[^>]*>)?`/, outside),
    ).toEqual([]);
  });
});

test('a violation of each rule is found', () => {
  const bad = [
    sourceOf('src/db/a.ts', "import { createAuth } from '../auth/auth.ts';"),
    sourceOf('src/errors.ts', "import { log } from './log.ts';"),
    sourceOf('src/http/b.ts', "import '../schema/index.ts';\nimport { jwtVerify } from 'jose';"),
    sourceOf('src/schema/c.ts', "const left = await import('left-pad');"),
  ];
  expect(wrongWay(bad)).toEqual([
    'src/db/a.ts imports src/auth/auth.ts',
    'src/errors.ts imports src/log.ts',
    'src/http/b.ts imports src/schema/index.ts',
  ]);
  const strangers = [
    "import { SignJWT } from 'jose';",
    "import { own } from './own.js';",
    "import { print } from 'graphql';",
    "import fs from 'node:fs';",
    "export type { App } from '../../src/app.ts';",
  ];
  expect(foreign([sourceOf('client/src/d.ts', strangers.join('\n'))])).toEqual([
    'client/src/d.ts imports graphql',
    'client/src/d.ts imports node:fs',
    'client/src/d.ts imports src/app.ts',
  ]);
  expect(homeless(bad)).toEqual(['src/http/b.ts imports jose', 'src/schema/c.ts imports left-pad']);
  for (const text of [
    'let count = 0;',
    'export let a: string;',
    'const seen = new Map<string, true>();',
    'const list: string[] = [];',
  ]) {
    expect(having(moduleState, [sourceOf('src/x.ts', text)]), text).toEqual(['src/x.ts']);
  }
  expect(
    having(moduleState, [sourceOf('src/x.ts', "const hosts = new Set(['localhost']);\n  let inner = 0;")]),
  ).toEqual([]);
});
