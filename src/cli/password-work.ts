// Passwords are hashed in a process of their own, of lower priority: guesses at them, each worth a hundred requests, take
// little from requests then, also where there is one core for all.

import { type ChildProcess, fork } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type PasswordWork, workHere } from '../auth/passwords.ts';

export interface PasswordTask {
  id: number;
  password: string;
  /** What to check it against; absent: a hash is wanted. */
  hash?: string;
}
export interface PasswordAnswer {
  id: number;
  /** Absent: it failed. */
  result?: string | boolean | undefined;
}

const program = fileURLToPath(new URL('../password-process.js', import.meta.url));
/** It takes as much memory as a small server. */
const usualIdleMs = 60_000;
/** A check takes a hundredth of it, or a tenth where others want every core: whoever takes longer does not answer. */
const patienceMs = 10_000;

export interface PasswordProcess extends PasswordWork {
  /** The process goes when it has done what it was asked. Nothing more may be asked of it. */
  end(): void;
}

/**
 * The process is started when it is needed, and let go when it has not been for a minute. Where it cannot be started, or
 * ends before it has answered, the work is done in this process.
 */
export function createPasswordProcess(idleMs = usualIdleMs): PasswordProcess {
  let other: OtherProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  const letGo = () => {
    clearTimeout(idle);
    other?.letGo();
    other = undefined;
  };
  const ask = async (task: Omit<PasswordTask, 'id'>): Promise<string | boolean | undefined> => {
    clearTimeout(idle);
    try {
      if (!other?.isThere) other = new OtherProcess();
      return await other.ask(task);
    } catch {
      return undefined;
    } finally {
      clearTimeout(idle);
      idle = setTimeout(letGo, idleMs).unref();
    }
  };
  return {
    hash: async (password) => String((await ask({ password })) ?? (await workHere.hash(password))),
    verify: async (password, hash) =>
      Boolean((await ask({ password, hash })) ?? (await workHere.verify(password, hash))),
    end: letGo,
  };
}

class OtherProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (result: PasswordAnswer['result']) => void>();
  #asked = 0;
  isThere = true;

  constructor() {
    // It needs nothing of the environment, least of all the master key.
    this.#process = fork(program, { env: {}, execArgv: [], stdio: 'ignore' });
    this.#process.on('message', ({ id, result }: PasswordAnswer) => this.#waiting.get(id)?.(result));
    this.#process.on('error', () => this.#end()).on('exit', () => this.#end());
    if (this.#process.pid !== undefined) lowerPriority(this.#process.pid);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /** @returns undefined when there is no answer */
  async ask(task: Omit<PasswordTask, 'id'>): Promise<PasswordAnswer['result']> {
    this.#asked += 1;
    const id = this.#asked;
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs).unref();
    try {
      return await new Promise((resolve) => {
        this.#waiting.set(id, resolve);
        this.#process.send({ id, ...task }, (error) => error && resolve(undefined));
      });
    } finally {
      clearTimeout(deadline);
      this.#waiting.delete(id);
    }
  }

  letGo(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  #end(): void {
    this.isThere = false;
    for (const resolve of this.#waiting.values()) resolve(undefined);
  }
}

/** Below that of this process, whatever it is. */
function lowerPriority(pid: number): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  try {
    setPriority(pid, Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
  } catch {
    // It has ended already, or the system knows no priorities.
  }
}
