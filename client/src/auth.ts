// What a client presents with each request.

export interface Auth {
  /** The value of the Authorization header. */
  authorization(signal?: AbortSignal): Promise<string>;
  /** Told that the API answered 401 to this value. True: there may be another one by now. */
  refused(authorization: string): boolean;
}

/** An API key, `lk_key_…`. */
export function apiKey(key: string): Auth {
  checkText(key, 'The API key');
  return { authorization: async () => `Bearer ${key}`, refused: () => false };
}

/** Fails early and without the value: what fetch says of a header it cannot send quotes it. */
export function checkText(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new TypeError(
      `${what} is missing, or holds a blank, a line break, or another character that none has.`,
    );
  }
}
