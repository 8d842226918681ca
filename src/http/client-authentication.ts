// How an OAuth client says who it is: HTTP Basic, body parameters, or an assertion (RFC 7521 section 4.2), exactly one of
// them (RFC 6749 section 2.3).
// It reads what was presented and judges only its form; whether it is right is decided by who holds the hashes.

import type { PresentedAssertion } from '../auth/client-assertion.ts';
import type { PresentedClient, PresentedSecret } from '../auth/client-authentication.ts';
import { AppError } from '../errors.ts';
import type { HttpRequest } from './exchange.ts';
import { invalidRequest } from './oauth-error.ts';
import { formUrlDecode, type OAuthParameters, single } from './oauth-parameters.ts';

/** Longer than any id or secret ever issued. */
const longestAccepted = 256;

/**
 * What a request presents to authenticate its client, for `authenticateClient`. Every endpoint for clients uses it.
 * @throws invalid_request for more than one way of authenticating, INVALID_CLIENT for none and for anything that
 * cannot be an id or a secret: the same answer that a wrong secret gets.
 */
export function presentedClient(request: HttpRequest, parameters: OAuthParameters): PresentedClient {
  const header = request.headers.authorization;
  const asserts = parameters.has('client_assertion') || parameters.has('client_assertion_type');
  refuseSecondMethod([header !== undefined, parameters.has('client_secret'), asserts]);
  if (asserts) return assertionIn(parameters);
  const client = header === undefined ? clientInBody(parameters) : clientInBasic(header);
  refuseOtherClientId(client, parameters);
  refuseImpossible(client);
  return client;
}

function refuseSecondMethod(methods: readonly boolean[]): void {
  if (methods.filter(Boolean).length > 1) {
    throw invalidRequest(
      'The client authenticates in two ways. Use one: the Authorization header, client_secret, or client_assertion.',
    );
  }
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function assertionIn(parameters: OAuthParameters): PresentedAssertion {
  const clientAssertion = single(parameters, 'client_assertion');
  const type = single(parameters, 'client_assertion_type');
  if (clientAssertion === undefined || type === undefined) {
    throw invalidRequest('Send client_assertion together with client_assertion_type, or neither.');
  }
  if (type !== jwtBearer) throw noClient('The type of the client assertion is not supported.');
  return { clientAssertion, clientId: single(parameters, 'client_id') };
}

/** A client may repeat its id in the body (section 3.2.1), but not name another one. */
function refuseOtherClientId(client: PresentedSecret, parameters: OAuthParameters): void {
  if ((single(parameters, 'client_id') ?? client.clientId) !== client.clientId) {
    throw invalidRequest(
      'The client id in the body is not the one in the Authorization header. Send one of them.',
    );
  }
}

/** Ids and secrets are made of VSCHAR (Appendix A); nothing else is looked up, hashed, or stored. */
function refuseImpossible({ clientId, clientSecret }: PresentedSecret): void {
  const possible = [clientId, clientSecret].every(
    (text) => text.length <= longestAccepted && /^[\x20-\x7e]+$/.test(text),
  );
  if (!possible) throw noClient('The client id or secret is empty, too long, or not made of VSCHAR.');
}

function clientInBody(parameters: OAuthParameters): PresentedSecret {
  const clientId = single(parameters, 'client_id');
  const clientSecret = single(parameters, 'client_secret');
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  throw noClient('The client id or secret is missing.');
}

/** `Basic base64(urlencode(id) ":" urlencode(secret))`, in canonical base64 (section 2.3.1, RFC 7617). */
function clientInBasic(header: string): PresentedSecret {
  const encoded = /^basic +(\S+)$/i.exec(header)?.[1];
  if (encoded === undefined) throw noClient('The Authorization header is not Basic.');
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw noClient('The Basic credentials are not base64.');
  const pair = bytes.toString('latin1');
  const colon = pair.indexOf(':');
  const clientId = colon < 0 ? undefined : formUrlDecode(pair.slice(0, colon));
  const clientSecret = colon < 0 ? undefined : formUrlDecode(pair.slice(colon + 1));
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  throw noClient('The Basic credentials have no colon, or a bad percent escape.');
}

const noClient = (detail: string) => new AppError('INVALID_CLIENT', { reason: 'malformed', detail });
