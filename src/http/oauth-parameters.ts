// Reads the parameters of an OAuth request: a form as RFC 6749 Appendix B has it, or a flat JSON object of strings
// because the product documents it. Strict in both: nothing is decoded approximately, nothing counts twice.

import { AppError } from '../errors.ts';
import type { HttpRequest } from './exchange.ts';
import { isJsonObject, parseJson, utf8Text } from './json.ts';
import { bodyType } from './media-type.ts';
import { invalidRequest } from './oauth-error.ts';

const bodyLimitBytes = 16 * 1024;
const mediaTypes = ['application/x-www-form-urlencoded', 'application/json'] as const;
/** Clients that say one of the latter two send ASCII: what they do not percent-encode must be UTF-8 as well. */
const charsets = ['utf-8', 'utf8', 'us-ascii', 'iso-8859-1'];

/** By which a client says who it is, at every endpoint. */
const ofClients = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'] as const;
export type ParameterName =
  | (typeof ofClients)[number]
  | 'grant_type'
  | 'scope'
  | 'resource'
  | 'token'
  | 'token_type_hint';

/** Values by name, each with at least one character. Only `resource` has more than one (RFC 8707 section 2). */
export type OAuthParameters = ReadonlyMap<ParameterName, readonly string[]>;

/** The one value of a parameter, or undefined when it was left out or had no value. */
export const single = (parameters: OAuthParameters, name: ParameterName): string | undefined =>
  parameters.get(name)?.[0];

/** The token that introspection and revocation are about (RFC 7662 and RFC 7009, section 2.1 of both). */
export function requiredToken(parameters: OAuthParameters): string {
  const token = single(parameters, 'token');
  if (token !== undefined) return token;
  throw invalidRequest('The parameter token is missing. Send the token that the request is about.');
}

/**
 * Reads and checks the body of a request to an OAuth endpoint.
 * @param own the endpoint's own parameters, besides those of clients; all others are ignored, as section 3.2 wants
 * @throws AppError, invalid_request among them, for everything that is not as it should be
 */
export async function readOAuthParameters(
  request: HttpRequest,
  own: readonly ParameterName[],
): Promise<OAuthParameters> {
  const known = new Set<string>([...ofClients, ...own]);
  refuseParametersInUrl(request, known);
  const type = bodyType(request.headers['content-type'], mediaTypes, charsets);
  const text = utf8Text(await request.readBody(bodyLimitBytes));
  return collect(type === 'application/json' ? jsonPairs(text, known) : formPairs(text), known);
}

/** URLs end up in logs and histories (section 2.3.1). */
function refuseParametersInUrl({ query }: HttpRequest, known: ReadonlySet<string>): void {
  if ([...known].some((name) => query.has(name))) {
    throw invalidRequest(
      'Parameters in the URL are refused, because URLs are kept in logs. Send them in the body.',
    );
  }
}

type Pair = readonly [name: string, value: string];

function collect(pairs: readonly Pair[], known: ReadonlySet<string>): OAuthParameters {
  const found = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (!known.has(name)) continue;
    if (seen.has(name) && name !== 'resource') {
      throw invalidRequest(`The parameter ${name} is there more than once. Send it once.`);
    }
    seen.add(name);
    if (value !== '') found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found as Map<ParameterName, string[]>;
}

function formPairs(text: string): Pair[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const mark = part.indexOf('=');
      const [name, value] = mark < 0 ? [part, ''] : [part.slice(0, mark), part.slice(mark + 1)];
      return [formDecoded(name), formDecoded(value)];
    });
}

function formDecoded(text: string): string {
  const decoded = formUrlDecode(text);
  if (decoded !== undefined) return decoded;
  throw invalidRequest('The body is not a valid form. Percent-encode its parameters as UTF-8.');
}

/** Decodes one application/x-www-form-urlencoded word (Appendix B); undefined for a bad escape or invalid UTF-8. */
export function formUrlDecode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Members that are null count as left out, and unknown ones may be of any type: they are ignored. */
function jsonPairs(text: string, known: ReadonlySet<string>): Pair[] {
  const value = parseJson(text, 'The request body');
  if (!isJsonObject(value))
    throw invalidRequest('The JSON body is not an object. Send one object of strings.');
  const names = memberNames(text).filter((name) => known.has(name));
  if (new Set(names).size < names.length) {
    throw invalidRequest('A parameter is in the JSON body more than once. Send each once.');
  }
  const pairs = names.map((name) => [name, value[name] ?? ''] as const);
  if (pairs.every((pair): pair is Pair => typeof pair[1] === 'string')) return pairs;
  throw invalidRequest('A parameter in the JSON body is not a string. Send one object of strings.');
}

/** The names of a JSON object's own members as often as they are written: JSON.parse silently keeps the last of two. */
function memberNames(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (name !== undefined && colon !== undefined && depth === 1) names.push(JSON.parse(name));
  }
  return names;
}

/** @throws AppError INVALID_SCOPE unless the scope is made of tokens as section 3.3 has them. */
export function checkScopeSyntax(scope: string | undefined): void {
  if (scope !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)) {
    throw new AppError('INVALID_SCOPE', { detail: 'The scope parameter is not a list of scope tokens.' });
  }
}
