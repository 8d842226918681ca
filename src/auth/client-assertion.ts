// private_key_jwt: an OAuth client proves who it is by a JWT that it signs with a registered key (RFC 7523 sections 2.2
// and 3, with the audience of draft-ietf-oauth-rfc7523bis). Each assertion is good once, on all instances together.

import { compactVerify, decodeProtectedHeader } from 'jose';
import { deleteExpiredAssertions, useAssertion } from '../db/credential-keys.ts';
import type { ClientKey, CredentialState } from '../db/credentials.ts';
import type { Auth } from './auth.ts';
import { clientRefused, liveOAuthClient } from './oauth-client.ts';
import { sha256 } from './secret.ts';

export interface PresentedAssertion {
  readonly clientAssertion: string;
  /** If the request names the client as well, it must be the one that signed. */
  readonly clientId?: string | undefined;
}

const refused = (detail: string) => clientRefused('assertion', detail);

const longestAssertion = 4096;
const longestJti = 256;
const longestLifeSeconds = 300;
const leewaySeconds = 5;
/** Used assertions are remembered this much longer: an instance whose clock is ahead must not forget for the others. */
const clockSkewSeconds = 600;

const assertionTypes = /^(?:application\/)?(?:jwt|client-authentication\+jwt)$/i;

/** Header parameters that would have us read the assertion otherwise, or find its key elsewhere. */
const refusedParameters = ['crit', 'b64', 'zip', 'enc', 'jwk', 'jku', 'x5u', 'x5c'];

/**
 * The client that signed an assertion, which is used up by this.
 * @throws AppError INVALID_CLIENT; SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function clientByAssertion(auth: Auth, presented: PresentedAssertion): Promise<CredentialState> {
  const { clientAssertion: assertion } = presented;
  const { alg, kid } = headerOf(assertion);
  const { clientId, jti, expiresAt } = claimsOf(assertion, auth);
  if (presented.clientId !== undefined && presented.clientId !== clientId)
    throw refused('the assertion is of another client than client_id');
  const state = await liveOAuthClient(auth, clientId);
  const candidates = (state.keys ?? []).filter(
    (key) => namesOf(key.algorithm).includes(alg) && (kid === undefined || kid === key.kid),
  );
  const key = await keyThatSigned(assertion, candidates);
  if (!key) throw refused('the assertion is not signed by a key of the client');
  const isFirstUse = await useAssertion(auth.db, {
    organizationId: state.organizationId,
    credentialId: state.id,
    kid: key.kid,
    jtiHash: sha256(jti),
    expiresAt: new Date((expiresAt + leewaySeconds + clockSkewSeconds) * 1000),
  });
  if (!isFirstUse) throw refused('the assertion was used before, or its key was removed meanwhile');
  return state;
}

const sweepSize = 1_000;

/** Forgets used assertions that nobody would accept any more, some at a time, so that no lock is held for long. */
export async function forgetExpiredAssertions(auth: Auth): Promise<void> {
  while ((await deleteExpiredAssertions(auth.db, auth.now(), sweepSize)) === sweepSize);
}

/** The header decides nothing: `alg` and `kid` only choose among the registered keys. */
function headerOf(assertion: string): { alg: string; kid: string | undefined } {
  if (assertion.length > longestAssertion || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(assertion))
    throw refused('the assertion is not a compact JWS, or too long');
  const { alg, kid, typ, ...others } = protectedHeader(assertion);
  if (typeof alg !== 'string') throw refused('the assertion has no alg');
  if (kid !== undefined && typeof kid !== 'string') throw refused('the kid is not a text');
  if (typ !== undefined && !(typeof typ === 'string' && assertionTypes.test(typ)))
    throw refused('the assertion is a JWT of another type');
  if (refusedParameters.some((name) => Object.hasOwn(others, name)))
    throw refused('the assertion has a header parameter that is refused');
  return { alg, kid };
}

function protectedHeader(assertion: string) {
  try {
    return decodeProtectedHeader(assertion);
  } catch {
    throw refused('the header of the assertion cannot be read');
  }
}

interface Claims {
  clientId: string;
  jti: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Claims are judged before the signature: they cost nothing, and what is decided by them is only a refusal. */
function claimsOf(assertion: string, { issuer, now }: Auth): Claims {
  const { iss, sub, aud, jti, ...times } = payloadOf(assertion);
  if (typeof sub !== 'string' || !/^cred_[0-9A-Za-z]{22}$/.test(sub) || iss !== sub)
    throw refused('iss and sub of the assertion are not one client id');
  if (aud !== issuer && !(Array.isArray(aud) && aud.length === 1 && aud[0] === issuer))
    throw refused('the audience of the assertion is not this issuer alone');
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti)
    throw refused('the assertion has no jti, or one that is too long');
  return { clientId: sub, jti, expiresAt: expiryOf(times, now().getTime() / 1000) };
}

function expiryOf({ exp, iat, nbf }: Record<string, unknown>, now: number): number {
  if (!isTime(exp)) throw refused('the assertion has no exp');
  if ((iat !== undefined && !isTime(iat)) || (nbf !== undefined && !isTime(nbf)))
    throw refused('iat or nbf of the assertion is not a time');
  if (exp <= now - leewaySeconds) throw refused('the assertion has expired');
  if (
    exp > now + longestLifeSeconds + leewaySeconds ||
    exp > (iat ?? now) + longestLifeSeconds + leewaySeconds
  )
    throw refused('the assertion lives too long');
  if ((iat ?? now) > now + leewaySeconds || (nbf ?? now) > now + leewaySeconds)
    throw refused('the assertion is from the future');
  return exp;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function payloadOf(assertion: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(utf8.decode(Buffer.from(assertion.split('.')[1] ?? '', 'base64url')));
    if (typeof payload === 'object' && payload !== null) return { ...payload };
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw refused('the claims of the assertion cannot be read');
}

/** Ed25519 is what RFC 9864 calls EdDSA with that curve. */
const namesOf = (algorithm: string) => (algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm]);

async function keyThatSigned(
  assertion: string,
  candidates: readonly ClientKey[],
): Promise<ClientKey | undefined> {
  for (const key of candidates) {
    const verified = await compactVerify(assertion, key.jwk as never, {
      algorithms: namesOf(key.algorithm),
    }).catch(() => undefined);
    if (verified) return key;
  }
  return undefined;
}
