// Names that people give: normalised, bounded, and refused where they could deceive a reader.

import type { UserError } from '../errors.ts';

export interface CheckedName {
  /** As shown: trimmed, NFC. */
  name: string;
  /** For search and order: lower case. */
  key: string;
}

type Problem = Pick<UserError, 'code' | 'message'>;

const longest = 100;
// Controls, format characters (bidirectional overrides, zero-width), lone surrogates, private use, unassigned,
// line and paragraph separators.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
const secret = /lk_(?:key|sec|ses)_[0-9A-Za-z]{22}_/;
const latin = /\p{Script=Latin}/u;
const lookAlike = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/** Checks the name of a credential or account. Lengths are in characters (code points). */
export function checkName(given: string): { value: CheckedName } | { problem: Problem } {
  // Measured first, so that a name of megabytes costs nothing more.
  if (given.length > 2 * longest + 100 || [...given.trim()].length > longest) {
    return { problem: { code: 'TOO_LONG', message: `Give a name of at most ${longest} characters.` } };
  }
  if (unprintable.test(given)) {
    const message = 'Remove control, invisible, or direction-changing characters from the name.';
    return { problem: { code: 'INVALID', message } };
  }
  const name = given.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (name === '') return { problem: { code: 'REQUIRED', message: 'Give a name.' } };
  if (secret.test(name)) {
    return {
      problem: { code: 'INVALID', message: 'This is a key or secret. Give a name that may be shown.' },
    };
  }
  if (deceives(name)) {
    const message =
      'Write each word of the name in one alphabet: it has letters that look like others and are not.';
    return { problem: { code: 'INVALID', message } };
  }
  return { value: { name, key: name.toLowerCase() } };
}

// A word of mixed alphabets, or a letter that is a disguised ASCII letter (full width, mathematical, ligature).
function deceives(name: string): boolean {
  const words = name.split(/[^\p{L}\p{M}\p{N}]+/u);
  if (words.some((word) => latin.test(word) && lookAlike.test(word))) return true;
  return [...name].some((character) => {
    const plain = character.normalize('NFKC');
    return plain !== character && /\p{L}/u.test(character) && /^[\x20-\x7e]+$/.test(plain);
  });
}

/** Checks an e-mail address as an account's identity: shape only, no look-up. */
export function checkEmail(given: string): { value: { email: string; key: string } } | { problem: Problem } {
  const email = given.trim();
  if (email === '') return { problem: { code: 'REQUIRED', message: 'Give an e-mail address.' } };
  if (email.length > 254) {
    return { problem: { code: 'TOO_LONG', message: 'Give an e-mail address of at most 254 characters.' } };
  }
  if (!/^[!-?A-~]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+$/.test(email)) {
    return { problem: { code: 'INVALID', message: 'Give an e-mail address such as ada@example.com.' } };
  }
  return { value: { email, key: email.toLowerCase() } };
}
