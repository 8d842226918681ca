// Connections for reading records and lists, shared between organisations: one whose statements take long keeps no other waiting.

import { AppError } from '../errors.ts';
import { FairShares } from '../fair-shares.ts';
import { queueFull, waitingAtMost } from './connection-queue.ts';

/** Four times what is free: alone, an organisation may have four fifths of the whole, and of four connections or fewer all. */
const proportion = 4;

export class FairConnections {
  readonly #connections: FairShares;
  readonly #places: FairShares;
  readonly #patienceMs: number;
  /** How each that waits is begun, by organisation. The organisations stand in the order in which it is their turn. */
  readonly #lines = new Map<string, Set<() => void>>();

  /** @param patienceMs after which waiting is given up */
  constructor(connections: number, patienceMs: number) {
    this.#connections = new FairShares(connections, proportion);
    this.#places = new FairShares(waitingAtMost(connections), proportion);
    this.#patienceMs = patienceMs;
  }

  get waiting(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.size, 0);
  }

  /**
   * Runs what needs one connection, when the organisation may have one.
   * @throws AppError SERVICE_UNAVAILABLE when too many wait, or for too long; whatever `work` throws.
   */
  async run<Result>(organizationId: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#connections.take(organizationId)) await this.#turn(organizationId);
    try {
      return await work();
    } finally {
      this.#connections.giveBack(organizationId);
      this.#beginWaiting();
    }
  }

  #turn(organizationId: string): Promise<void> {
    if (!this.#places.take(organizationId)) throw queueFull(this.waiting);
    const line = this.#lines.get(organizationId) ?? new Set();
    this.#lines.set(organizationId, line);
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        line.delete(begin);
        if (line.size === 0) this.#lines.delete(organizationId);
        this.#places.giveBack(organizationId);
      };
      const begin = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        const detail = `waited ${this.#patienceMs} ms for a connection among those of the organisation`;
        reject(new AppError('SERVICE_UNAVAILABLE', { detail }));
      };
      const timer = setTimeout(giveUp, this.#patienceMs);
      line.add(begin);
    });
  }

  /** One of each organisation after the other, as long as any may have a connection. */
  #beginWaiting(): void {
    for (const [organizationId, line] of this.#lines) {
      if (!this.#connections.take(organizationId)) continue;
      if (this.#lines.size > 1) {
        this.#lines.delete(organizationId);
        this.#lines.set(organizationId, line);
      }
      const [begin] = line;
      begin?.();
    }
  }
}
