// Content-Type of what arrives, and Accept for what is sent back.

import { AppError } from '../errors.ts';

interface MediaType {
  /** In lower case, without parameters. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads one media type with its parameters; anything odd in it leaves a type that matches nothing. */
export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';');
  const parameters = rest.map((part): [string, string] => {
    const [name = '', ...value] = part.split('=');
    return [
      name.trim().toLowerCase(),
      value
        .join('=')
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase(),
    ];
  });
  return { type: type.trim().toLowerCase(), parameters: new Map(parameters) };
}

const isOneOf = <Text extends string>(texts: readonly Text[], text: string | undefined): text is Text =>
  texts.some((one) => one === text);

/**
 * The type of a request body, one of those allowed, in UTF-8 or another charset that the caller can read as UTF-8.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE for another type, another charset, or none.
 */
export function bodyType<Allowed extends string>(
  contentType: string | undefined,
  allowed: readonly Allowed[],
  charsets: readonly string[] = ['utf-8', 'utf8'],
): Allowed {
  if (isOneOf(allowed, contentType)) return contentType;
  const { type, parameters } = parseMediaType(contentType ?? '');
  const found = allowed.find((candidate) => candidate === type);
  if (found && charsets.includes(parameters.get('charset') ?? 'utf-8')) return found;
  throw new AppError('UNSUPPORTED_MEDIA_TYPE', {
    sentence: `The media type of the request body is not supported. Send ${allowed.join(' or ')} in UTF-8.`,
  });
}

/**
 * Which of the offered types the Accept header likes best; ties go to the one offered first (RFC 9110 section 12.5.1).
 * Undefined when it takes none of them. No header takes anything.
 */
export function preferredType<Offered extends string>(
  accept: string | undefined,
  offered: readonly Offered[],
): Offered | undefined {
  if (accept === undefined || accept === '*/*') return offered[0];
  const ranges = (accept.trim() || '*/*').split(',').map(parseMediaType);
  let best: { type: Offered; quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

/** The most specific range that names a type decides its quality. */
function qualityOf(type: string, ranges: readonly MediaType[]): number {
  const [family] = type.split('/');
  for (const name of [type, `${family}/*`, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === name);
    if (range) return Number(range.parameters.get('q') ?? 1) || 0;
  }
  return 0;
}
