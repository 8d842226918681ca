// Reads a request body into memory: bounded in size while it streams, bounded in time, never decompressed.

import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';

/** Whether a body follows the head of this request, read or not. */
export function announcesBody(incoming: IncomingMessage): boolean {
  const length = incoming.headers['content-length'];
  return incoming.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

export interface BodyOptions {
  readonly limitBytes: number;
  readonly timeoutMs: number;
  /** Called when the head alone gives no reason to refuse: the moment for `100 Continue`. */
  onAccepted(): void;
}

/**
 * Reads the whole body of a request.
 * @throws AppError PAYLOAD_TOO_LARGE as soon as the limit is passed or announced to be, UNSUPPORTED_MEDIA_TYPE for a
 * Content-Encoding, REQUEST_TIMEOUT when the body stops arriving, BAD_USER_INPUT when it is cut off.
 */
export function readBody(
  incoming: IncomingMessage,
  { limitBytes, timeoutMs, onAccepted }: BodyOptions,
): Promise<Buffer> {
  const refusal = refusalFromHead(incoming, limitBytes);
  if (refusal) return Promise.reject(refusal);
  onAccepted();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    const timer = setTimeout(() => settle(() => new AppError('REQUEST_TIMEOUT')), timeoutMs);
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) settle(() => tooLarge(limitBytes));
      else chunks.push(chunk);
    };
    const onEnd = () => settle();
    const onClose = () => settle(cutOff);

    function settle(problem?: () => AppError) {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (problem) {
        incoming.off('data', onData).pause();
        reject(problem());
      } else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    }

    if (incoming.destroyed && !incoming.complete) return onClose();
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

function refusalFromHead({ headers }: IncomingMessage, limitBytes: number): AppError | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    return new AppError('UNSUPPORTED_MEDIA_TYPE', {
      sentence: 'Compressed request bodies are not supported. Send the body without Content-Encoding.',
    });
  }
  return Number(headers['content-length'] ?? 0) > limitBytes ? tooLarge(limitBytes) : undefined;
}

const cutOff = () => new AppError('BAD_USER_INPUT', { detail: 'The request body was cut off.' });

const tooLarge = (limitBytes: number) =>
  new AppError('PAYLOAD_TOO_LARGE', {
    sentence: `The request body is too large. Send at most ${limitBytes.toLocaleString('en-US')} bytes.`,
  });
