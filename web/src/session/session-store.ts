// Who is signed in here, and the wait of requests for somebody to sign in again. One page has one session, and its tabs
// share the cookie, so they tell each other.

import { useSyncExternalStore } from 'react';
import type { SignedInViewerFragment } from '../../operations/documents.ts';

export type Viewer = SignedInViewerFragment;

export interface Session {
  /** `ended`: somebody was signed in, and what is on the page is still theirs. */
  readonly state: 'unknown' | 'anonymous' | 'signed-in' | 'ended';
  readonly viewer: Viewer | undefined;
}

let session: Session = { state: 'unknown', viewer: undefined };
let waiting: (() => void)[] = [];
const listeners = new Set<() => void>();
const channel = new BroadcastChannel('latchkey-session');

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

/** Somebody signed in. Another account than before starts from nothing: what is on the page is not theirs to see. */
export function signedIn(viewer: Viewer): void {
  const before = session.viewer?.account?.id;
  if (before !== undefined && before !== viewer.account?.id) {
    window.location.reload();
    return;
  }
  become({ state: 'signed-in', viewer });
  for (const resume of waiting.splice(0)) resume();
}

/** Nobody is signed in. What is on the page stays, under the form to sign in again. */
export function signedOut(): void {
  if (session.state === 'ended' || session.state === 'anonymous') return;
  become({ state: session.viewer ? 'ended' : 'anonymous', viewer: session.viewer });
}

/** Resolves when somebody has signed in again. */
export function sessionAgain(signal?: AbortSignal): Promise<void> {
  signedOut();
  return new Promise((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener('abort', () => {
      waiting = waiting.filter((one) => one !== resolve);
      reject(signal.reason);
    });
  });
}

export const useSession = (): Session =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => session,
  );

/** Tells the other tabs that the cookie they share has changed. */
export const tellOtherTabs = (change: 'signed-in' | 'signed-out'): void => channel.postMessage(change);

export function onOtherTab(listener: (change: 'signed-in' | 'signed-out') => void): () => void {
  const onMessage = ({ data }: MessageEvent) => listener(data);
  channel.addEventListener('message', onMessage);
  return () => channel.removeEventListener('message', onMessage);
}
