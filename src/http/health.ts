// Is the process up, and can it serve? `/livez` asks nothing of anyone, so that a database that is down for a while
// does not get a healthy process restarted; `/readyz` asks what the service needs, four times a second
// at most: probes come in seconds, and whoever asks more often learns no more and costs nothing.

import type { HttpRequest, Routes } from './exchange.ts';
import { jsonReply } from './json.ts';

export interface HealthOptions {
  /** Throws while this process is not to be asked: it starts, or it stops. Looked at each time. */
  readonly serving: () => void;
  /** Rejects while the service cannot do its work: database unreachable, migrations missing. The reason is logged only. */
  readonly ready: () => Promise<void>;
}

/** How long the answer to a look is good. */
export const goodForMs = 250;

export function healthRoutes({ serving, ready }: HealthOptions): Routes {
  const look = sharedFor(goodForMs, ready);
  return {
    '/livez': { GET: () => jsonReply(200, { status: 'ok' }) },
    '/readyz': {
      GET: async (request: HttpRequest) => {
        try {
          serving();
          await look();
          return jsonReply(200, { status: 'ok' });
        } catch (error) {
          request.log.warn({ err: error }, 'not ready');
          return jsonReply(503, { status: 'unavailable' }, { 'Retry-After': '5' });
        }
      },
    },
  };
}

/** One look at a time, whose outcome is that of all who ask until so many milliseconds after it. */
function sharedFor(ms: number, look: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> | undefined;
  let goodUntil = 0;
  const begun = async () => {
    try {
      await look();
    } finally {
      goodUntil = performance.now() + ms;
    }
  };
  return () => {
    if (last === undefined || performance.now() >= goodUntil) {
      goodUntil = Number.POSITIVE_INFINITY;
      last = begun();
    }
    return last;
  };
}
