import t from 'tap';
import { PreparedText } from '../../src/protocol/prepared-text.ts';

/** RFC 6455 section 5.2: the three forms of a length. */
const HEADERS = [
  { text: 'Hello', header: '8105' },
  { text: 'x'.repeat(125), header: '817d' },
  { text: 'x'.repeat(126), header: '817e007e' },
  // Bytes, not characters.
  { text: 'ü'.repeat(63), header: '817e007e' },
  { text: 'x'.repeat(65_535), header: '817effff' },
  { text: 'x'.repeat(65_536), header: '817f0000000000010000' },
] as const;

t.test('a text is one unmasked frame', async (t) => {
  for (const { text, header } of HEADERS) {
    const { bytes } = new PreparedText(text);
    t.equal(bytes.toString('hex', 0, header.length / 2), header);
    t.equal(bytes.toString('utf8', header.length / 2), text);
  }
});

t.test('receivers of the same texts share their bytes', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => new PreparedText(text)) as [
    PreparedText,
    PreparedText,
    PreparedText,
  ];
  const [one, other] = [a.alone.and(b).and(c), a.alone.and(b).and(c)];
  t.equal(one.bytes, other.bytes);
  t.equal(one.bytes.toString('hex'), '810161810162810163');
  t.equal(one.length, 9);
  t.equal(a.alone.bytes, a.bytes);
});

t.test('one that goes on with another text has bytes of its own', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => new PreparedText(text)) as [
    PreparedText,
    PreparedText,
    PreparedText,
  ];
  const first = a.alone.and(b);
  const second = a.alone.and(c);
  t.equal(first.bytes.toString('hex'), '810161810162');
  t.equal(second.bytes.toString('hex'), '810161810163');
  t.equal(a.alone.and(b).bytes.toString('hex'), '810161810162');
});
