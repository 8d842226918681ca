// Is the process up, and can it serve? `/livez` asks nothing of anyone, so that a database that is down for a while
// does not get a healthy process restarted; `/readyz` asks what the service needs.

import type { HttpRequest, Routes } from './exchange.ts';
import { jsonReply } from './json.ts';

export interface HealthOptions {
  /** Rejects while the service cannot do its work: database unreachable, migrations missing. The reason is logged only. */
  readonly ready: () => Promise<void>;
}

export const healthRoutes = ({ ready }: HealthOptions): Routes => ({
  '/livez': { GET: () => jsonReply(200, { status: 'ok' }) },
  '/readyz': {
    GET: async (request: HttpRequest) => {
      try {
        await ready();
        return jsonReply(200, { status: 'ok' });
      } catch (error) {
        request.log.warn({ err: error }, 'not ready');
        return jsonReply(503, { status: 'unavailable' }, { 'Retry-After': '5' });
      }
    },
  },
});
