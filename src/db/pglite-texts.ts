// PGlite with whole texts. It decodes each value as if it were a file, and so drops a byte order mark (U+FEFF) at the
// beginning: a text would come out as another one. Here the marks are put back, from the bytes of the reply.

import { PGlite } from '@electric-sql/pglite';

type Message = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];
/** What PGlite's parser makes of a row; its types show no more than the name. */
type DataRow = Message & { fields: (string | null)[] };

const byteOrderMark = Buffer.from('\uFEFF');

// https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-DATAROW
const dataRowCode = 'D'.charCodeAt(0);
/** The code of a message, one byte, stands before its length, which counts itself and what follows. */
const codeBytes = 1;
const lengthBytes = 4;
const fieldCountBytes = 2;

export class WholeTextPGlite extends PGlite {
  /** What every query of PGlite goes through. */
  override async execProtocolStream(...call: Parameters<PGlite['execProtocolStream']>): Promise<Message[]> {
    const { messages, data } = await this.execProtocol(...call);
    const reply = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (reply.includes(byteOrderMark)) restoreMarks(messages.filter(isDataRow), reply);
    return messages;
  }
}

const isDataRow = (message: Message): message is DataRow => message.name === 'dataRow';

/** @param rows all of the reply, in its order */
function restoreMarks(rows: readonly DataRow[], reply: Buffer): void {
  const offsets = dataRowsIn(reply);
  for (const row of rows) restoreMarksOf(row, reply, offsets.next().value ?? reply.length);
}

/** Where the fields of each row begin. */
function* dataRowsIn(reply: Buffer): Generator<number, undefined> {
  let at = 0;
  while (at < reply.length) {
    if (reply[at] === dataRowCode) yield at + codeBytes + lengthBytes + fieldCountBytes;
    at += codeBytes + reply.readUInt32BE(at + codeBytes);
  }
}

function restoreMarksOf(row: DataRow, reply: Buffer, offset: number): void {
  let at = offset;
  row.fields.forEach((field, i) => {
    const length = reply.readInt32BE(at);
    at += lengthBytes;
    if (field === null) return;
    const opening = reply.subarray(at, at + Math.min(length, byteOrderMark.length));
    if (opening.equals(byteOrderMark)) row.fields[i] = `\uFEFF${field}`;
    at += length;
  });
}
