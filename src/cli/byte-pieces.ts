// Cuts a stream of bytes after every occurrence of one ASCII byte. Such a cut never falls inside a UTF-8 character.

const longestPiece = 64 * 1024 * 1024;

/** The input would need more memory than a record can reasonably take. */
export class PieceTooLong extends Error {
  constructor() {
    super(`has a record of more than ${longestPiece / 1024 / 1024} MB`);
  }
}

/**
 * Pieces that end with `delimiter`, but for the last one where the input does not.
 * @throws PieceTooLong
 */
export async function* piecesOf(
  bytes: AsyncIterable<Uint8Array>,
  delimiter: '\n' | '}',
): AsyncGenerator<Buffer> {
  let unfinished: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let at = buffer.indexOf(delimiter); at >= 0; at = buffer.indexOf(delimiter, start)) {
      yield Buffer.concat([...unfinished, buffer.subarray(start, at + 1)]);
      unfinished = [];
      length = 0;
      start = at + 1;
    }
    length += buffer.length - start;
    if (length > longestPiece) throw new PieceTooLong();
    if (start < buffer.length) unfinished.push(buffer.subarray(start));
  }
  if (unfinished.length > 0) yield Buffer.concat(unfinished);
}
