// What makes a creation safe to send again: one key for as long as one form asks for the same.

import { useState } from 'react';

/** @returns the key of a wish: always the same for the same, and another for any other. */
export function useCreationKeys(): (wish: unknown) => string {
  const [keys] = useState(() => new Map<string, string>());
  return (wish) => {
    const text = JSON.stringify(wish);
    const key = keys.get(text) ?? newKey();
    keys.set(text, key);
    return key;
  };
}

/** 128 random bits. `crypto.randomUUID` is not there on pages over plain http. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
