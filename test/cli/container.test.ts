// The container image without a container: the files that deploy/Dockerfile names are built by its own command, and what it
// leaves of them serves.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, root, startServer } from '../support/server-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-container-'));
});
afterAll(async () => {
  await cleanUp();
  await rm(folder, { recursive: true, force: true });
});

interface Stage {
  /** From the project, unless `from` names another stage. */
  copies: { from: string | undefined; sources: string[]; target: string }[];
  runs: string[];
}

async function stagesOf(dockerfile: string): Promise<Stage[]> {
  const text = await readFile(join(root, dockerfile), 'utf8');
  return text
    .split(/^FROM .*$/m)
    .slice(1)
    .map((stage) => ({
      copies: [...stage.matchAll(/^COPY (?:--from=(\w+) )?(.+) (\S+)$/gm)].map(
        ([, from, sources = '', target = '']) => ({
          from,
          sources: sources.split(' '),
          target,
        }),
      ),
      runs: [...stage.matchAll(/^RUN (.+)$/gm)].map(([, command = '']) => command),
    }));
}

/** Lays a stage out, without what .dockerignore keeps from it; packages are those of the project. */
async function layOut({ copies }: Stage, name: string, built = root): Promise<string> {
  const allowed = (await readFile(join(root, '.dockerignore'), 'utf8')).match(/(?<=^!).*$/gm) ?? [];
  const app = join(folder, name);
  await mkdir(app);
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
  for (const { from, sources, target } of copies) {
    if (from === 'dependencies') continue;
    for (const source of sources) {
      const path = source.replace('/app/', '');
      const isAllowed = allowed.some((one) => path === one || path.startsWith(`${one}/`));
      expect(from !== undefined || isAllowed, `${source} in .dockerignore`).toBe(true);
      const isFile = target.endsWith('/');
      await cp(
        join(from === undefined ? root : built, path),
        isFile ? join(app, target, basename(path)) : join(app, target),
        {
          recursive: true,
          filter: (copied) => from !== undefined || !['node_modules', 'dist'].includes(basename(copied)),
        },
      );
    }
  }
  return app;
}

test('what the image is made of can be built, and serves with its console', async () => {
  const [build, , image] = await stagesOf('deploy/Dockerfile');
  if (!build || !image) throw new Error('The Dockerfile has other stages.');
  const built = await layOut(build, 'build');
  const command = build.runs.at(-1) ?? '';
  expect(command).toBe('npm run build');
  const run = spawnSync(command, { cwd: built, shell: true, encoding: 'utf8' });
  expect(run.status, run.stdout + run.stderr).toBe(0);

  const app = await layOut(image, 'app', built);
  const server = await startServer({ LATCHKEY_SAMPLE_DATA: 'off' }, 'read', { built: app });
  await server.untilListening();
  const page = await fetch(server.url, { headers: { Accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const [, script = ''] = /<script [^>]*src="([^"]+)"/.exec(await page.text()) ?? [];
  expect((await fetch(server.url + script)).status).toBe(200);
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
});
