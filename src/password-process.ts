// The other process of a server, which cli/password-work.ts starts: checks and hashes passwords, and nothing else. It ends
// when its server does, or lets it go.

import { workHere } from './auth/passwords.ts';
import type { PasswordAnswer, PasswordTask } from './cli/password-work.ts';

process.on('message', async ({ id, password, hash }: PasswordTask) => {
  const result = await (hash === undefined ? workHere.hash(password) : workHere.verify(password, hash)).catch(
    () => undefined,
  );
  // The server may have gone meanwhile.
  if (process.connected) process.send?.({ id, result } satisfies PasswordAnswer, () => {});
});
// Whoever stops the server, in a terminal say, may send these to both, and the server finishes what it has begun. SIGUSR1
// would open Node's inspector.
for (const name of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const) process.on(name, () => {});
