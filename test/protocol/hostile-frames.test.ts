import * as cborg from 'cborg';
import t from 'tap';
import { CBOR_SUBPROTOCOL, JSON_SUBPROTOCOL, serverCodecs } from '../../src/protocol/device-codec.ts';
import { feedCommandReader } from '../../src/protocol/feed-codec.ts';
import { MAX_DEVICE_MESSAGE_BYTES } from '../../src/protocol/limits.ts';

const codecs = serverCodecs();
const json = (text: string) => codecs[JSON_SUBPROTOCOL].decode(Buffer.from(text), false);
const cbor = (bytes: Uint8Array) => codecs[CBOR_SUBPROTOCOL].decode(bytes, true);
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

const DEPTH = 200_000;
const refused = { ok: false, problem: String };

t.test('nesting of 200,000 levels is refused and costs no stack', async (t) => {
  t.match(json('['.repeat(DEPTH)), refused);
  t.match(json('['.repeat(DEPTH) + ']'.repeat(DEPTH)), refused);
  t.match(json(`${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`), refused);
  t.match(cbor(Buffer.alloc(DEPTH, 0x81)), refused, 'arrays of one');
  t.match(cbor(Buffer.alloc(DEPTH, 0x9f)), refused, 'arrays without a length');
  t.match(cbor(Buffer.alloc(DEPTH, 0xd8)), refused, 'tags');
  t.match(cbor(Buffer.concat([Buffer.alloc(DEPTH, 0x81), Buffer.of(1)])), refused);
  t.match(feedCommandReader()('['.repeat(DEPTH)), refused);
});

t.test(
  'deep nesting inside a field that is not read is let through or refused, and not thrown at',
  async (t) => {
    const deep = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
    t.match(
      json(`{"type":"vitals","seq":1,"samples":[${deep}]}`),
      { ok: true },
      'samples are checked one by one',
    );
    t.match(json(`{"type":"status","seq":1,"extra":${deep}}`), { ok: true });
  },
);

t.test('__proto__ is a field like any other: it neither sets a type nor lends values', async (t) => {
  t.match(json('{"__proto__":{"type":"status","seq":1}}'), { ok: false, problem: 'type is missing' });
  const status = hex('a2 64 74797065 66 737461747573 63 736571 01');
  const lent = Buffer.concat([hex('a1 69 5f5f70726f746f5f5f'), status]);
  t.match(cbor(status), { ok: true });
  t.match(cbor(lent), { ok: false, problem: 'type is missing' });

  const sample = json('{"type":"vitals","seq":1,"samples":[{"t":1,"__proto__":{"spo2":140}}]}');
  t.ok(sample.ok);
  if (!sample.ok || sample.frame.type !== 'vitals') return;
  const [first] = sample.frame.samples as Record<string, unknown>[];
  t.equal(first?.spo2, undefined);
  t.ok(Object.keys(first ?? {}).includes('__proto__'));
  t.equal(({} as Record<string, unknown>).spo2, undefined, 'and nothing else is touched');
});

t.test('types that are names of Object.prototype are unknown', async (t) => {
  for (const type of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    t.match(json(JSON.stringify({ type })), { ok: false, problem: /^unknown type: / });
});

t.test('what is not an object with a type is refused', async (t) => {
  for (const text of [
    '',
    'null',
    '1',
    '"hello"',
    '[]',
    '[{"type":"status","seq":1}]',
    '{}',
    '{"type":7}',
    '{"type":null}',
  ])
    t.match(json(text), refused, text);
  for (const bytes of ['', 'f6', '01', '80', 'a0', 'ff', 'a1 64 74797065 ff'])
    t.match(cbor(hex(bytes)), refused, bytes);
});

t.test('an unknown type is not in the problem, which a close reason can hold', async (t) => {
  const decoded = json(JSON.stringify({ type: 'x'.repeat(100_000) }));
  t.ok(!decoded.ok && decoded.problem.length < 100 && !decoded.problem.includes('x'.repeat(2)));
});

t.test('a problem does not echo values', async (t) => {
  const decoded = json('{"type":"status","seq":1,"battery_percent":"secret-canary"}');
  t.match(decoded, { ok: false, problem: /^status\.battery_percent / });
  t.notMatch(decoded, { problem: /canary/ });
});

t.test('CBOR: a map with a key twice is refused', async (t) => {
  t.match(cbor(hex('a3 64 74797065 66 737461747573 63 736571 01 63 736571 02')), refused);
});

t.test(
  'CBOR: bytes after the frame, undefined, big integers and keys that are no text are refused',
  async (t) => {
    const status = 'a2 64 74797065 66 737461747573 63 736571';
    t.match(cbor(hex(`${status} 01`)), { ok: true });
    t.match(cbor(hex(`${status} 01 00`)), refused, 'trailing bytes');
    t.match(cbor(hex(`${status} f7`)), refused, 'undefined');
    t.match(cbor(hex(`${status} 1b ffffffffffffffff`)), refused, '2^64-1');
    t.match(cbor(hex(`${status} c2 41 01`)), refused, 'a bignum');
    t.match(cbor(hex('a1 01 02')), refused, 'a key that is a number');
  },
);

t.test('CBOR: lengths that promise more than there is are refused without allocating', async (t) => {
  const before = process.memoryUsage().arrayBuffers;
  for (const promise of [
    '9a ffffffff',
    'ba ffffffff',
    '5a ffffffff',
    '7a ffffffff',
    '9b 001fffffffffffff',
    '9b ffffffffffffffff',
  ])
    t.match(cbor(hex(promise)), refused, promise);
  t.ok(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20);
});

t.test('invalid UTF-8 is refused in JSON, and harmless in CBOR', async (t) => {
  const text = Buffer.from('{"type":"refresh","token":"??"}');
  text.set([0xc3, 0x28], text.indexOf('??'));
  t.match(codecs[JSON_SUBPROTOCOL].decode(text, false), { ok: false, problem: 'not JSON' });
  t.equal(typeof cbor(hex('a2 64 74797065 67 72656672657368 65 746f6b656e 62 c328')).ok, 'boolean');
});

t.test('the largest message of any shape is dealt with in less than a second', async (t) => {
  const shapes: Uint8Array[] = [
    Buffer.alloc(MAX_DEVICE_MESSAGE_BYTES, 0x00),
    Buffer.concat([hex('9a 0003fff0'), Buffer.alloc(MAX_DEVICE_MESSAGE_BYTES - 5, 0x00)]),
    cborg.encode({
      type: 'waveform',
      seq: 1,
      signal: 'ppg',
      t: 1,
      rate_hz: 1,
      values: new Array(100_000).fill('a'),
    }),
  ];
  const started = performance.now();
  for (const shape of shapes) t.match(cbor(shape), refused);
  const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));
  t.match(json(JSON.stringify({ type: 'status', seq: 'x', ...keys })), refused);
  t.ok(performance.now() - started < 1_000);
});
