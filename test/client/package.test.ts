// @latchkey/client as it is published: what is in the package, and that a strict program compiles against its types.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, root, temporaryFolder } from '../support/server-process.ts';

const run = promisify(execFile);
const folder = join(root, 'client');
const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
afterAll(cleanUp);

describe('the package', () => {
  it('holds the build, its types, and its papers, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder });
    const parsed = JSON.parse(stdout);
    const [packed] = Array.isArray(parsed) ? parsed : Object.values<{ files: { path: string }[] }>(parsed);
    const built = readdirSync(join(folder, 'src')).flatMap((name) =>
      ['.js', '.d.ts'].map((ending) => `dist/${name.replace(/\.ts$/, ending)}`),
    );
    const paths = packed.files.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...built].sort());
  });

  it('depends on jose alone, from the version on that the server has', () => {
    const manifest = manifestOf(folder);
    expect(manifest.dependencies).toEqual({ jose: `^${manifestOf(root).dependencies.jose}` });
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect(lock.packages.client.dependencies).toEqual(manifest.dependencies);
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(manifest.sideEffects).toBe(false);
  });

  it('exports what its readme speaks of, and no more', async () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const names = Object.keys(await import('@latchkey/client'));
    expect(names.sort()).toEqual([
      'AccessTokenError',
      'LatchkeyError',
      'apiKey',
      'clientCredentials',
      'createClient',
      'verifyAccessToken',
    ]);
    for (const name of names) expect(readme).toContain(name);
  });
});

const program = `
import {
  apiKey, createClient, LatchkeyError, verifyAccessToken,
  type Conversation, type FieldOf, type HttpOptions, type List, type RecordOf,
} from '@latchkey/client';
const client = createClient({ url: 'http://localhost:4000', auth: apiKey('lk_key_x') });
for await (const { id, detail } of client.conversations({ select: ['id', 'detail'], filter: { route: { eq: 'DM' } } })) {
  const text: string | undefined = detail?.content ?? id;
  void text;
}
for await (const { records, cursor } of client.sync('users', { after: null })) void [records[0]?.emailAddr, cursor];
for await (const { plugin_name } of client.exportRecords('pluginCalls')) void plugin_name.length;
const whole: Conversation[] = await Array.fromAsync(client.conversations());
const { scopes } = await verifyAccessToken('x', { issuer: 'x', audience: 'y' });
const list: List<'users'> = client.users;
const http: HttpOptions = { timeoutMs: 1_000 };
const field: FieldOf<'users'> = 'emailAddr';
const record: RecordOf<'conversations'> | undefined = whole[0];
void [whole, scopes, LatchkeyError, list, http, field, record];
// @ts-expect-error A field of another record is none of this one.
client.conversations({ select: ['emailAddr'] });
// @ts-expect-error What was not selected is not there.
for await (const { id } of client.users({ select: ['emailAddr'] })) void id;
// @ts-expect-error An order that there is none of.
client.users({ orderBy: { field: 'CREATED_TIME', direction: 'ASC' } });
`;

describe.each([
  ['Node', { lib: ['esnext'], types: ['node'] }],
  ['a browser', { lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [] }],
])('for %s', (_where, platform) => {
  it.each(['nodenext', 'bundler'])(
    'a strict program compiles against its types, resolved by %s',
    async (resolution) => {
      const place = await temporaryFolder();
      await mkdir(join(place, 'node_modules/@latchkey'), { recursive: true });
      await symlink(folder, join(place, 'node_modules/@latchkey/client'));
      const [module, moduleResolution] = [resolution === 'bundler' ? 'esnext' : 'nodenext', resolution];
      const target = 'esnext';
      const typeRoots = [join(root, 'node_modules/@types')];
      const options = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        module,
        moduleResolution,
        target,
      };
      const compilerOptions = { ...options, ...platform, typeRoots, skipLibCheck: false };
      await writeFile(
        join(place, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['program.ts'] }),
      );
      await writeFile(join(place, 'package.json'), '{"type":"module"}');
      await writeFile(join(place, 'program.ts'), program);
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      const result = await run(process.execPath, [compiler, '-p', place]).catch((error) => error);
      expect(result.stdout).toBe('');
    },
  );
});
