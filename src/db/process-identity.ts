// Who a process is, so that another one can tell whether it still runs. A pid alone does not say: pids are used again,
// and in another container or machine the same number is somebody else.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** In the kernel's own count since boot; absent where there is no /proc. */
  startedTicks?: string | undefined;
  hostname: string;
  /** Where the pid means this process: the boot and the pid namespace; absent where there is no /proc. */
  pidSpace?: string | undefined;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startedTicks: processStat(process.pid)?.startedTicks,
    hostname: hostname(),
    pidSpace: pidSpace(),
  };
}

/** Whether a pid of `other` means to this process what it means to `other`. */
export const sharesPids = (other: ProcessIdentity): boolean =>
  other.hostname === hostname() && other.pidSpace === pidSpace();

/** Whether a process that shares our pids still runs; one killed and not yet reaped does not. */
export function isRunning(other: ProcessIdentity): boolean {
  if (!answersSignals(other.pid)) return false;
  const now = processStat(other.pid);
  if (now === undefined) return true;
  if (now.state === 'Z' || now.state === 'X') return false;
  return other.startedTicks === undefined || other.startedTicks === now.startedTicks;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** proc(5): fields 3 and 22, counted from behind the name, which may hold spaces and parentheses. */
function processStat(pid: number): { state: string; startedTicks: string } | undefined {
  const text = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedTicks] = [fields?.[0], fields?.[19]];
  return state !== undefined && startedTicks !== undefined ? { state, startedTicks } : undefined;
}

function pidSpace(): string | undefined {
  return orUndefined(() => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  });
}

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
