import fc from 'fast-check';
import t from 'tap';
import {
  bmpString,
  encodeDer,
  enumerated,
  integer,
  sequence,
  set,
  time,
  utf8String,
} from '../../src/pki/der.ts';
import { parseStrictDer, readMembers, readTime, readUnsignedHex } from '../../src/pki/der-reader.ts';

const hexOf = (...values: Parameters<typeof encodeDer>): string => encodeDer(...values).toString('hex');

t.test('integers are as short as they can be and never negative', async (t) => {
  for (const [value, hex] of [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [2 ** 40, '0206010000000000'],
    [2n ** 159n - 1n, `02147f${'ff'.repeat(19)}`],
    [Buffer.from('00000080', 'hex'), '02020080'],
    [Buffer.from('0000', 'hex'), '020100'],
    [Buffer.alloc(0), '020100'],
  ] as const) {
    t.equal(hexOf(integer(value)), hex);
  }
  t.equal(hexOf(enumerated(10)), '0a010a');
});

t.test('a set is in the order of its encodings, text in the encoding of its type', async (t) => {
  t.equal(hexOf(set(integer(2), integer(300), integer(1))), '310a0201010201020202012c');
  t.equal(hexOf(bmpString('aé😀')), '1e08006100e9d83dde00');
  t.equal(hexOf(utf8String('é')), '0c02c3a9');
});

t.test('any number and any time comes back', async () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 159n - 1n }), (value) => {
      const read = readUnsignedHex(parseStrictDer(encodeDer(integer(value))), 20);
      return BigInt(`0x${read}`) === value && read.length % 2 === 0;
    }),
  );
  const at = fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 0) / 1000 });
  fc.assert(fc.property(at, (second) => readTime(time(new Date(second * 1000))) === second * 1000));
});

t.test('BER that is not DER is refused, whatever node-forge makes of it', async (t) => {
  const good = encodeDer(sequence(integer(1)));
  t.equal(readMembers(parseStrictDer(good), 'sequence').length, 1);
  for (const hex of [
    '3081030201 01',
    '3080020101 0000',
    '300402020001',
    '3003020101 00',
    '30030201',
    '',
    '3003020181 01',
  ]) {
    t.throws(() => parseStrictDer(Buffer.from(hex.replace(' ', ''), 'hex')), { code: 'der_invalid' }, hex);
  }
});

t.test('times that no calendar has, and forms that the profile forbids, are refused', async (t) => {
  const utc = (text: string): Buffer => Buffer.concat([Buffer.from([0x17, text.length]), Buffer.from(text)]);
  t.equal(readTime(parseStrictDer(utc('260228235959Z'))), Date.UTC(2026, 1, 28, 23, 59, 59));
  t.equal(readTime(parseStrictDer(utc('500101000000Z'))), Date.UTC(1950, 0, 1));
  for (const text of [
    '260229000000Z',
    '261301000000Z',
    '260100000000Z',
    '260101240000Z',
    '260101000060Z',
    '260101006000Z',
    '2601010000Z',
    '260101000000+0100',
    '',
  ]) {
    t.throws(() => readTime(parseStrictDer(utc(text))), { code: 'der_invalid' }, text);
  }
});
