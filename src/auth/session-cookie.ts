// The session cookie: HttpOnly, SameSite=Strict, host-only; Secure wherever the service is reached by https.

const nameOf = (issuer: string) =>
  issuer.startsWith('https:') ? '__Host-latchkey_session' : 'latchkey_session';
const attributesOf = (issuer: string) =>
  `; Path=/; HttpOnly; SameSite=Strict${issuer.startsWith('https:') ? '; Secure' : ''}`;

export function sessionCookie(issuer: string, token: string, expiresAt: Date): string {
  return `${nameOf(issuer)}=${token}${attributesOf(issuer)}; Expires=${expiresAt.toUTCString()}`;
}

export function endedSessionCookie(issuer: string): string {
  return `${nameOf(issuer)}=${attributesOf(issuer)}; Max-Age=0`;
}

/**
 * The session token in a Cookie header. Counts only when the request does not come from another site's page: a
 * browser names the origin of every cross-site POST, and SameSite=Strict keeps the cookie at home besides.
 */
export function readSessionCookie(
  issuer: string,
  headers: { cookie?: string | undefined; origin?: string | undefined; host?: string | undefined },
): string | undefined {
  const prefix = `${nameOf(issuer)}=`;
  const pair = headers.cookie?.split(/; */).find((part) => part.startsWith(prefix));
  if (pair === undefined || pair.length === prefix.length || !sameSite(issuer, headers)) return undefined;
  return pair.slice(prefix.length);
}

function sameSite(
  issuer: string,
  { origin, host }: { origin?: string | undefined; host?: string | undefined },
) {
  if (origin === undefined || origin === issuer) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
