// Reading records out of bytes: formats told apart, broken text located, nothing before a break lost.

import { describe, expect, it } from 'vitest';
import { openRecords, type SourceItem } from '../../src/cli/record-source.ts';

async function* inChunks(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Buffer, chunkSize = 65_536) {
  const source = await openRecords(inChunks(text, chunkSize));
  const items: SourceItem[] = [];
  for await (const item of source.items) items.push(item);
  const values = items.flatMap((item) => ('value' in item ? [item.value] : []));
  return { resource: source.resource, items, values, last: items.at(-1) };
}

const envelope = `{"@odata.context":"https://api.example.com/export/v1/records/$metadata#plugin-calls",
  "value": [{"id": "a", "detail": {"text": "}{[]\\"é😀"}}, {"id": "b"}]}`;

describe('the formats', () => {
  it('reads the envelope and what it says it holds', async () => {
    const { resource, values } = await read(envelope);
    expect(resource).toBe('plugin_calls');
    expect(values).toEqual([{ id: 'a', detail: { text: '}{[]"é😀' } }, { id: 'b' }]);
  });

  it('reads the other spelling of the context', async () => {
    const { resource } = await read(
      '{"odata.context":"https://x/v1beta2/$metadata#records/plugin-resources"}',
    );
    expect(resource).toBe('plugin_resources');
  });

  it('reads an array, whatever its items are', async () => {
    expect((await read('[{"id":1}, 2, [3], null]\n')).values).toEqual([{ id: 1 }, 2, [3], null]);
  });

  it('reads NDJSON with blank lines, Windows line ends, and no line end at the end', async () => {
    const { items } = await read('{"id":1}\r\n\n{"id":2}');
    expect(items).toEqual([
      { place: { record: 1, line: 1 }, value: { id: 1 }, length: 8, text: '{"id":1}' },
      { place: { record: 2, line: 3 }, value: { id: 2 }, length: 8, text: '{"id":2}' },
    ]);
  });

  it('reads one record on one line as NDJSON, and one envelope on one line as an envelope', async () => {
    expect((await read('{"id":1,"value":2}')).values).toEqual([{ id: 1, value: 2 }]);
    expect((await read('{"value":[{"id":1}]}')).values).toEqual([{ id: 1 }]);
  });

  it.each([
    ['the record', ''],
    ['a blank line and the record', '\r\n'],
  ])('reads NDJSON whose first line is longer than what is looked at: %s', async (_, before) => {
    const long = { detail: { content: 'é'.repeat(700_000), list: [{ value: [1] }] }, id: 1 };
    const { items } = await read(`${before}${JSON.stringify(long)}\n{"id":2}\n`);
    expect(items.map((item) => 'value' in item && item.value)).toEqual([long, { id: 2 }]);
  });

  it('reads an envelope on one line of any length, whatever stands before its list', async () => {
    const records = Array.from({ length: 700 }, (_, id) => ({ id, detail: { content: 'é'.repeat(1_000) } }));
    for (const before of [{}, { '@odata.count': 2 }, { count: 700, next: 'a "\\quoted" one', more: null }]) {
      expect((await read(JSON.stringify({ ...before, value: records }))).values).toEqual(records);
    }
  });

  it('leaves out a byte order mark', async () => {
    expect((await read('\uFEFF[{"id":1}]')).values).toEqual([{ id: 1 }]);
    expect((await read('\uFEFF{"id":1}\n{"id":2}')).values).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('reads the same whatever the size of the chunks', async () => {
    const whole = await read(envelope);
    for (const size of [1, 2, 3, 7, 16]) expect((await read(envelope, size)).items).toEqual(whole.items);
  });

  it('says how long each record is, with what stands before it at most', async () => {
    const { items } = await read(`{"value":[{"id":"${'é'.repeat(1_000)}"}, {"id":"b","detail":{"c":{}}}]}`);
    expect(items.map((item) => 'length' in item && item.length)).toEqual([
      '{"value":[{"id":""}'.length + 1_000,
      ', {"id":"b","detail":{"c":{}}}'.length,
    ]);
  });

  it('takes an empty list for what it is', async () => {
    expect((await read('{"value":[]}')).items).toEqual([]);
    expect((await read('[]')).items).toEqual([]);
  });
});

describe('text that is broken', () => {
  it.each([
    ['[{"id":1},{"id":2},{"id":3,,"a":{}}]', 2, /line 1, column 28/],
    ['{\n "value": [\n  {"id": 1},\n  {"id": 2,\n   "x": tru}\n ]}', 1, /line 5, column 9/],
    ['{"value": [oops, {"id":1}]}', 0, /line 1, column 12/],
    ['[{"id":1}] more', 1, /line 1, column 12/],
    ['{"value":[{"id":1},\n{"id":2,"a":{"b":1}\n', 1, /ends in the middle of its JSON, at line 2, column 20/],
    ['[{"id":1},{"id":2', 1, /ends in the middle of its JSON, at line 1, column 18/],
  ])('keeps the records before the break and says where it is: %j', async (text, records, place) => {
    const { values, last } = await read(text);
    expect(values).toHaveLength(records);
    expect(last).toEqual({ broken: expect.stringMatching(place) });
    expect((await read(text, 1)).last).toEqual(last);
  });

  it('passes over a broken line of NDJSON only', async () => {
    const { items } = await read('{"id":1}\n{"id":}\n{"id":3}\n');
    expect(items[1]).toEqual({
      place: { record: 2, line: 2 },
      unreadable: 'is not valid JSON',
      text: '{"id":}',
    });
    expect(items[2]).toMatchObject({ place: { record: 3, line: 3 }, value: { id: 3 } });
  });

  it('never turns bytes that are not UTF-8 into other text', async () => {
    const bad = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d, 0x0a]);
    expect((await read(bad)).items).toEqual([
      { place: { record: 1, line: 1 }, unreadable: 'is not UTF-8 text' },
    ]);
    const inArray = Buffer.concat([Buffer.from('[{"id":1},\n'), bad, Buffer.from(']')]);
    expect((await read(inArray)).last).toEqual({ broken: 'is not UTF-8 text (line 1 or later)' });
  });

  it.each([
    ['', 'is empty'],
    [' \n\n', 'is empty'],
    ['id,name\n1,x', 'is neither JSON nor NDJSON: it should start with { or ['],
    [
      '{\n"items": [{"id":1}]\n}',
      'holds no records: it should be an array, or an object with a "value" array',
    ],
  ])('says what is wrong with %j', async (text, broken) => {
    expect((await read(text)).items).toEqual([{ broken }]);
  });

  it('does not take a key named __proto__ for more than a key', async () => {
    const { values } = await read('[{"id":"a","__proto__":{"user_id":"x"}}]');
    expect((values[0] as { user_id?: string }).user_id).toBeUndefined();
  });
});
