// One trial of what "revoked" guarantees: a credential is used at every instance at once, in every way there is, and
// something is taken from it meanwhile. What is sent once that was answered must be refused everywhere. It counts and
// does not judge, and knows no test runner, so that bench/ may count with it too.

import { setTimeout as pause } from 'node:timers/promises';
import { plainRequest } from './plain-http.ts';
import { Subject, type TrialGround, type TrialKind, trialKinds, type Use } from './revocation-subject.ts';

export interface TrialResult {
  kind: TrialKind;
  /** Requests that were answered before the change was sent, all of which were accepted. */
  before: number;
  /** Requests that were under way when the change was answered: they may end either way. */
  inFlight: number;
  /** Requests that were sent after the change was answered. */
  judged: number;
  /** Which of these were accepted. */
  accepted: string[];
  /** From sending the change to its answer. */
  answeredMs: number;
  /** From sending the change to the arrival of the first refusal at each instance. */
  refusedMs: number[];
}

/** Makes so many trials of all kinds, so many at a time. @throws Error when anything but the promise is broken */
export async function revocationTrials(
  ground: TrialGround,
  { trials, atOnce }: { trials: number; atOnce: number },
  onDone: (done: number) => void = () => {},
): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  let begun = 0;
  const work = async () => {
    while (begun < trials) {
      const number = begun++;
      const kind = trialKinds[number % trialKinds.length] as TrialKind;
      results.push(await new Trial(ground, kind, number, await Subject.make(ground, kind)).run());
      onDone(results.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

class Trial {
  readonly #urls: readonly string[];
  readonly #number: number;
  readonly #subject: Subject;
  readonly #result: TrialResult;
  #sentAt: number | undefined;
  #answered = false;
  #over = false;

  constructor({ urls }: TrialGround, kind: TrialKind, number: number, subject: Subject) {
    this.#urls = urls;
    this.#number = number;
    this.#subject = subject;
    this.#result = { kind, before: 0, inFlight: 0, judged: 0, accepted: [], answeredMs: 0, refusedMs: [] };
  }

  async run(): Promise<TrialResult> {
    const everywhere = (act: (url: string, use: Use) => Promise<void>) =>
      Promise.all(this.#urls.flatMap((url) => this.#subject.uses().map((use) => act(url, use))));
    const once = (url: string, use: Use) => this.#try(url, use);
    await everywhere(once);
    const readers = everywhere((url, use) => this.#repeat(url, use));
    readers.catch(() => {});
    try {
      await pause(Math.random() * 10);
      await this.#takeAway();
      await everywhere(once);
      await readers;
    } finally {
      this.#over = true;
    }
    await this.#subject.checkRest(this.#place(1));
    return this.#result;
  }

  #place(next: number): string {
    return this.#urls[(this.#number + next) % this.#urls.length] ?? '';
  }

  async #takeAway(): Promise<void> {
    const sentAt = performance.now();
    this.#sentAt = sentAt;
    await this.#subject.takeAway(this.#place(0), this.#number);
    this.#answered = true;
    this.#result.answeredMs = performance.now() - sentAt;
  }

  /** Until a request of it was sent after the answer. */
  async #repeat(url: string, use: Use): Promise<void> {
    for (let last = false; !last && !this.#over; ) {
      last = this.#answered;
      await this.#try(url, use);
    }
  }

  async #try(url: string, use: Use): Promise<void> {
    const wasAnswered = this.#answered;
    const accepted = use.isAccepted(await plainRequest(url, use.request()));
    this.#count(`${use.name} at ${url}`, accepted, wasAnswered);
    if (!accepted && this.#sentAt !== undefined)
      this.#result.refusedMs[this.#urls.indexOf(url)] ??= performance.now() - this.#sentAt;
  }

  #count(what: string, accepted: boolean, wasAnswered: boolean): void {
    const result = this.#result;
    if (wasAnswered) {
      result.judged += 1;
      if (accepted) result.accepted.push(`${what}, with an ${result.kind[1]}: ${result.kind[0]}`);
    } else if (this.#answered) {
      result.inFlight += 1;
    } else if (this.#sentAt === undefined) {
      if (!accepted) throw new Error(`${what} refused before anything was taken away.`);
      result.before += 1;
    }
  }
}
