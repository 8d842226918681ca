// A new secret in the forms in which it is wanted: lines of an environment file, and a command that works as it stands.

import type { ShownSecret } from './secret-once.tsx';

const origin = (): string => window.location.origin;

export function environmentOf(secret: ShownSecret): string {
  const lines =
    secret.__typename === 'ApiKeySecret'
      ? [`LATCHKEY_URL=${origin()}`, `LATCHKEY_API_KEY=${secret.apiKey}`]
      : [
          `LATCHKEY_URL=${origin()}`,
          `LATCHKEY_CLIENT_ID=${secret.clientId}`,
          `LATCHKEY_CLIENT_SECRET=${secret.clientSecret}`,
        ];
  return `${lines.join('\n')}\n`;
}

/** A key reads who it is; a client gets a token. */
export const curlOf = (secret: ShownSecret): string =>
  secret.__typename === 'ApiKeySecret'
    ? `curl '${origin()}/graphql' \\
  -H 'Authorization: Bearer ${secret.apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '{"query":"{ viewer { credential { name } scopes { value } } }"}'`
    : `curl '${origin()}/oauth/v1/token' \\
  -u '${secret.clientId}:${secret.clientSecret}' \\
  -d grant_type=client_credentials`;

/** A name that every file system takes. */
export function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^0-9A-Za-z]+/g, '-');
  return `${plain.replace(/^-+|-+$/g, '').toLowerCase() || 'latchkey'}.env`;
}
