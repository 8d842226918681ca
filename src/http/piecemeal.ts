// Writing a body piece by piece, as fast as it is taken.

import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** JSON shrinks to a tenth at the first level; the next ones cost more than they save. */
const gzipLevel = 1;

/**
 * Writes the pieces and ends the body. No piece is asked for before the last one has been taken over, so that its memory
 * can be used again.
 * @throws whatever the pieces throw, and Error when the body is closed before it is whole
 */
export async function sendPieces(pieces: AsyncIterable<Buffer>, to: Writable): Promise<void> {
  for await (const piece of pieces) await sendPiece(piece, to);
  to.end();
}

/** The same, compressed. */
export async function sendGzipped(pieces: AsyncIterable<Buffer>, to: Writable): Promise<void> {
  const gzip = createGzip({ level: gzipLevel });
  await Promise.all([pipeline(gzip, to), sendPieces(pieces, gzip)]);
}

function sendPiece(piece: Buffer, to: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('The body was closed before it was whole.'));
    if (to.destroyed) return onClose();
    to.once('close', onClose);
    to.write(piece, (error) => {
      to.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
