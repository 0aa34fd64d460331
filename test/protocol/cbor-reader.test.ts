import t from 'tap';
import { CBOR_SUBPROTOCOL, serverCodecs } from '../../src/protocol/device-codec.ts';

const { decode } = serverCodecs()[CBOR_SUBPROTOCOL];
const cbor = (hex: string) => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), true);
/** `{"type": "status", "seq": 1, "a": ` of a map of three. */
const THREE = 'a3 64 74797065 66 737461747573 63 736571 01 61 61';
const OPEN = 'bf 64 74797065 66 737461747573 63 736571 01';
const refused = { ok: false, problem: 'not CBOR' };

t.test('a break that ends nothing is refused, also where a value of a map belongs', async (t) => {
  t.match(cbor(`${THREE} 01`), { ok: true });
  t.match(cbor(`${THREE} ff`), refused, 'for a value');
  t.match(cbor(`${THREE} a1 61 62 ff`), refused, 'for a value of a map within');
  t.match(cbor(`${OPEN} 61 61 ff`), refused, 'for a value, and then no end');
  t.match(cbor(`${OPEN} 61 61 ff ff`), refused, 'for a value, and then the end');
  t.match(cbor(`${THREE} 82 01 ff`), refused, 'in an array with a length');
  t.match(cbor(`${THREE} d8 55 ff`), refused, 'for what a tag is on');
  t.match(cbor('ff'), refused, 'alone');
});

t.test('maps and arrays without a length are read', async (t) => {
  t.same(cbor(`${OPEN} ff`), { ok: true, frame: { type: 'status', seq: 1 } });
  t.same(cbor(`${OPEN} 61 61 9f 01 9f ff bf ff ff ff`), {
    ok: true,
    frame: { type: 'status', seq: 1, a: [1, [], {}] },
  });
});

t.test('text that is not UTF-8 is refused, in names as in values, whatever its length', async (t) => {
  const bad = ['c328', 'c080', 'eda080', 'f4908080', 'ff', 'c3'];
  for (const bytes of bad) {
    const length = bytes.length / 2;
    const text = `${(0x60 | length).toString(16)} ${bytes}`;
    t.match(cbor(`${THREE} ${text}`), refused, `a value ${bytes}`);
    t.match(cbor(`${THREE} a1 ${text} 01`), refused, `a name ${bytes}`);
    for (const [head, pad] of [
      ['78', 30],
      ['79', 300],
      ['7a', 70_000],
    ] as const) {
      const size = (pad + length).toString(16).padStart({ 78: 2, 79: 4, '7a': 8 }[head], '0');
      t.match(
        cbor(`${THREE} ${head} ${size} ${'78'.repeat(pad)} ${bytes}`),
        refused,
        `${pad} letters, ${bytes}`,
      );
    }
  }
});

t.test('text of any script is read, and so is the mark that stands for what could not be', async (t) => {
  for (const text of ['Größe', '体温', '🌡️', '\ufffd', `${'x'.repeat(40)}\ufffd`, '\ufffd'.repeat(300)]) {
    const bytes = Buffer.from(text);
    const size = bytes.length.toString(16).padStart(4, '0');
    t.match(cbor(`${THREE} 79 ${size} ${bytes.toString('hex')}`), { ok: true, frame: { a: text } });
  }
});
