import t from 'tap';
import { areWholeMessages, takeMessages } from '../../src/gateway/whole-messages.ts';

const MASK = [1, 2, 3, 4];
const masked = (head: readonly number[], payload: string): Buffer =>
  Buffer.from([...head, ...MASK, ...Buffer.from(payload).map((byte, i) => byte ^ (MASK[i % 4] ?? 0))]);
const text = (payload: string): Buffer => masked([0x81, 0x80 | payload.length], payload);

t.test('whole messages of data are known, and nothing else', async (t) => {
  const long = masked([0x82, 0xfe, 0, 126], 'x'.repeat(126));
  for (const chunk of [text(''), text('a'), Buffer.concat([text('ab'), long, text('c')])])
    t.equal(areWholeMessages(chunk, 200), true);
  for (const [what, chunk] of [
    ['half a message', text('abc').subarray(0, 8)],
    ['half a header', text('abc').subarray(0, 3)],
    ['one byte of the next', Buffer.concat([text('abc'), Buffer.from([0x81])])],
    ['a ping', masked([0x89, 0x80], '')],
    ['a close', masked([0x88, 0x80], '')],
    ['a first fragment', masked([0x01, 0x81], 'a')],
    ['a last fragment', masked([0x80, 0x81], 'a')],
    ['a reserved bit', masked([0xc1, 0x81], 'a')],
    ['no mask', Buffer.from([0x81, 1, 0x61, 0, 0, 0, 0])],
    ['a length in a longer form than it needs', masked([0x81, 0xfe, 0, 1], 'a')],
    [
      '64 bits of length',
      Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(5)]),
    ],
    ['more than a message may have', masked([0x82, 0xfe, 0, 201], 'x'.repeat(201))],
  ] as const)
    t.equal(areWholeMessages(chunk, 200), false, what);
});

t.test('messages are unmasked and given in order; a text that is not UTF-8 is left as it was', async (t) => {
  const taken: string[] = [];
  const take = (chunk: Buffer): number =>
    takeMessages(chunk, (data, binary) => taken.push(`${binary} ${data.toString()}`));
  const chunk = Buffer.concat([text('abcdefg'), masked([0x82, 0x83], 'xyz')]);
  t.equal(take(chunk), chunk.length);
  t.same(taken.splice(0), ['false abcdefg', 'true xyz']);
  const bad = Buffer.concat([text('good'), masked([0x81, 0x81], 'x')]);
  bad[bad.length - 1] = 0xff ^ 1;
  const before = Buffer.from(bad);
  t.equal(take(bad), text('good').length);
  t.same(taken, ['false good']);
  t.same(bad.subarray(10), before.subarray(10));
});
