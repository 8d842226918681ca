// Whether the event loop of a worker still turns: the primary asks again and again, and the worker answers.

import cluster, { type Worker } from 'node:cluster';

const question = 'latchkey: are you there?';
const answer = 'latchkey: here';
/** In the time after which a worker is given up. */
const questions = 6;

/** With a callback a channel that has closed meanwhile is told to it, and does not end the process. */
const notArrived = () => {};

/** In a worker: answers from now on. */
export function answerHeartbeats(): void {
  process.on('message', (message: unknown) => {
    if (message === question) cluster.worker?.send(answer, notArrived);
  });
}

/**
 * In the primary: asks a worker until it has ended, and calls `onSilent` once it has not said anything for so long.
 * Questions are counted and not the time: where everything was paused, the machine or its container, nobody is to blame.
 */
export function askForHeartbeats(worker: Worker, silentForMs: number, onSilent: () => void): void {
  let unanswered = 0;
  worker.on('message', () => {
    unanswered = 0;
  });
  const timer = setInterval(() => {
    if (!worker.isConnected()) return;
    if (unanswered === questions) onSilent();
    unanswered += 1;
    worker.send(question, notArrived);
  }, silentForMs / questions);
  worker.once('exit', () => clearInterval(timer));
}
