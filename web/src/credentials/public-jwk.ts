// A pasted public key, looked at before it is sent: what is private never leaves the browser. Whether the key itself is
// sound, the server says.

type Member = 'kty' | 'crv' | 'x' | 'y' | 'n' | 'e' | 'alg' | 'use' | 'key_ops' | 'kid';
export type PublicJwk = Partial<Record<Member, unknown>>;

/** All that is sent of a key. */
const publicMembers: readonly Member[] = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use', 'key_ops', 'kid'];
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

type Looked = { jwk: PublicJwk; problem?: never } | { jwk?: never; problem: string };

/** The key in a text: a JSON Web Key, or a set of one. `problem` is a whole sentence that says what to do. */
export function publicJwkOf(text: string): Looked {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return { problem: privateProblem('its PEM file') };
  if (text.includes('-----BEGIN ')) {
    return { problem: 'This is PEM. Export the public key as a JSON Web Key, and paste that.' };
  }
  const { value, secrets } = parsed(text);
  if (secrets.length > 0) return { problem: privateProblem(secrets.join(', ')) };
  const keys = isObject(value) && Array.isArray(value.keys) ? value.keys : [value];
  if (keys.length > 1) {
    return {
      problem: `This set has ${keys.length} keys. Paste one of them, from { to }; add the others after it.`,
    };
  }
  const [key] = keys;
  if (!isObject(key) || typeof key.kty !== 'string') {
    return { problem: 'This is not a JSON Web Key. Paste all of it, from { to }, with its kty.' };
  }
  return {
    jwk: Object.fromEntries(publicMembers.flatMap((name) => (name in key ? [[name, key[name]]] : []))),
  };
}

/** The JSON in a text, undefined for none, and which private members stand anywhere in it. */
function parsed(text: string): { value: unknown; secrets: string[] } {
  const secrets = new Set<string>();
  try {
    const value: unknown = JSON.parse(text, (name, member) => {
      if (privateMembers.includes(name)) secrets.add(name);
      return member;
    });
    return { value, secrets: [...secrets].sort() };
  } catch {
    return { value: undefined, secrets: [] };
  }
}

const privateProblem = (found: string): string =>
  `This is a private or secret key (${found}). It was not sent. Clear this field, keep the key where it is, and paste its public half instead.`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
