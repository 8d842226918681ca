// Two workers, supervised with less patience than those of a server. Each says "serves <pid>", and reads the metrics of all
// and says "metrics of <pid>: <workers replaced>" when it gets SIGUSR2. The log goes to standard error.

import cluster from 'node:cluster';
import { Registry } from 'prom-client';
import { shareMetrics } from '../../../src/cli/worker-metrics.ts';
import { asWorker, superviseWorkers, tellReady } from '../../../src/cli/workers.ts';
import { createLog } from '../../../src/log.ts';

const stopping = new AbortController();

if (cluster.isPrimary) {
  process.stdin.on('end', () => stopping.abort()).resume();
  await superviseWorkers({
    count: 2,
    stopWithinMs: 10_000,
    stopping: stopping.signal,
    log: createLog('info', process.stderr),
    patience: { heartbeatMs: Number(process.argv[2]), metricsMs: 3_600_000 },
  });
} else {
  process.on('SIGTERM', () => stopping.abort());
  await asWorker(async () => {
    const read = shareMetrics(new Registry());
    process.on('SIGUSR2', async () => {
      const [, replaced] = /^latchkey_workers_replaced_total (\d+)$/m.exec(await read()) ?? [];
      console.log(`metrics of ${process.pid}: ${replaced}`);
    });
    tellReady();
    console.log(`serves ${process.pid}`);
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
  });
}
