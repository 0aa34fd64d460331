/** Stands wherever a value must not be told back: in problems, close reasons and the log. */
export const CANARY = 'canary-7f3a';

/** Texts that are valid and awkward. */
export const TEXTS: readonly string[] = [
  'plain',
  '',
  'Größe 体温 🌡️',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  `e${'\u0301'.repeat(30)}`,
  '\u202eright to left',
  'line\nbreak\tand\u0000nul',
  '\ud800 alone',
  '\udfff\ud800 twisted',
  '\ufeffmark first',
  '__proto__',
  'constructor',
  '-1',
  '../../etc/passwd',
  "'; DROP TABLE alarms; --",
  `secret ${CANARY}`,
];

/** Names that mean something to JavaScript, or nothing to anybody. */
export const NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then'],
  ...['', '0', '4294967295', 'length', 'type', 'seq', 't', 'values', 'samples', 'a/b', '~0', `x${CANARY}`],
];

/** Values of other types than expected, and at the ends of theirs. */
export const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
  ...[Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-7, 0.1],
  ...['', 'x', '1', 'true', 'null', CANARY, '\ud800', [], {}, [[]], [null], { type: 'hello' }, { length: 1 }],
];

/** What stands for a value in JSON text: some of it is JSON, most is not (RFC 8259). */
export const JSON_SPELLINGS: readonly string[] = [
  ...['1e400', '-1e400', '-0', '-0.0', '1E+2', '1e-999', '0.1e1', '9007199254740993', '1'.repeat(400)],
  ...['NaN', 'Infinity', '-Infinity', '01', '+1', '1.', '.5', '1e', '-', '--1', '0x1F', '1_000', '1n', '٣'],
  ...[
    'undefined',
    'True',
    'nul',
    "'x'",
    'x',
    '"',
    '"\\',
    '"\\x41"',
    '"\\u12"',
    '"\u0001"',
    '"a\nb"',
    '"\u0000"',
  ],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\/\\b\\f"', '"\u2028"', `"${CANARY}`],
  ...[
    '[1,]',
    '[,1]',
    '[1 2]',
    '[1',
    ']',
    '{"a":1,}',
    '{a:1}',
    '{"a"}',
    '{"a":}',
    '{"a":1 "b":2}',
    '}',
    '{',
    '',
  ],
  ...['/**/1', '1//', '# 1', '\u00a01', '\u000b1', '1;', '<x>', '{"__proto__":{"seq":1}}', '{"a":1,"a":2}'],
];

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** What stands for a value in CBOR: well-formed or not, expected or not (RFC 8949, RFC 8746). */
export const CBOR_SPELLINGS: readonly Uint8Array[] = [
  // Floats: NaN, infinities, negative zero, half and single precision.
  ...[
    'f97e00',
    'f97c00',
    'f9fc00',
    'fb7ff8000000000000',
    'fb7ff0000000000000',
    'f98000',
    'fb8000000000000000',
  ],
  ...['f93c00', 'fa3f800000', 'f90001', 'fb0000000000000001'],
  // Integers that are longer than they need be, and too large for a double.
  ...['1800', '190001', '1a00000001', '1b0000000000000001', '3b0000000000000000', '1b0020000000000000'],
  ...['1bffffffffffffffff', '3bffffffffffffffff', '1b001fffffffffffff'],
  // Simple values, reserved ones, and reserved lengths.
  ...[
    'f7',
    'f6',
    'f5',
    'e0',
    'f0',
    'f818',
    'f8ff',
    'f800',
    '1c',
    '1f',
    '3e',
    '5c',
    '7d',
    '9e',
    'bf',
    'fc',
    'fe',
  ],
  // Break where there is nothing to break, and what has no end.
  ...[
    'ff',
    '9fff',
    'bfff',
    '9f',
    '81ff',
    'a1ff',
    'a16161ff',
    'bf6161ff',
    'bf6161ffff',
    '9f01ff',
    'bf616101ff',
  ],
  ...['5f4101ff', '7f6161ff', '7f6161', '5fff', '7f4101ff', '9fffff'],
  // Lengths that promise more than there is.
  ...['9affffffff', 'baffffffff', '5affffffff', '7affffffff', '9b7fffffffffffffff', '9bffffffffffffffff'],
  ...['5b001fffffffffffff', '7b0000000100000000', '98ff', 'b8ff', '58ff', '78ff'],
  // Tags: dates, bignums, fractions, expected conversions, self-described, ids without end.
  ...['c000', 'c11a00000000', 'c24101', 'c249010000000000000000', 'c34101', 'c48221196ab3', 'c58220 01'],
  ...[
    'd74101',
    'd81843010203',
    'd9d9f700',
    'd9010ca0',
    'd903e801',
    'dbffffffffffffffff00',
    'c1',
    'c6c6c6c600',
  ],
  // Typed arrays: whole, empty, cut within an element, of what is no byte string, of tags not taken, nested.
  ...[
    'd84043010203',
    'd84140',
    'd84143010203',
    'd8554400000000',
    'd855430000 00',
    'd85600',
    'd856 6161',
    'd8518101',
  ],
  ...[
    'd8434800000000000000 00',
    'd8535000000000000000000000000000000000',
    'd854 42007e',
    'd855 440000807f',
    'd855d85544 00000000',
  ],
  ...['d8565affffffff', 'd828 8281 02 8101', 'd8485f4101ff'],
  // Text that is not UTF-8: cut, overlong, surrogates, beyond Unicode; and a mark.
  ...['62c328', '61ff', '62c080', '63eda080', '66eda080edb080', '64f4908080', '63efbbbf', '61c3', '6100'],
  // Keys: twice, not text, of the prototype.
  ...[
    'a2616101616102',
    'a10102',
    'a1f601',
    'a18001',
    'a1695f5f70726f746f5f5fa163736571 01',
    'a241610141 6102',
  ],
].map(hex);

/** Bytes that mean something in either encoding. */
export const BYTES: readonly number[] = [
  ...[
    0x00, 0x01, 0x17, 0x18, 0x1b, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x30, 0x3a, 0x3b, 0x40, 0x5b, 0x5c, 0x5d,
    0x5f,
  ],
  ...[
    0x60, 0x65, 0x7b, 0x7d, 0x7f, 0x80, 0x81, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc2, 0xd8, 0xdf, 0xed, 0xef,
    0xf4,
  ],
  ...[0xf6, 0xf7, 0xf8, 0xf9, 0xfb, 0xfe, 0xff],
];

/** Runs of bytes that are not UTF-8, or that begin or end a text as it should not. */
export const BYTE_RUNS: readonly Uint8Array[] = [
  ...[
    'c328',
    'c080',
    'e08080',
    'f0808080',
    'eda080',
    'edb080',
    'f4908080',
    'f888808080',
    'ff',
    'fe',
    '80',
    'c3',
  ],
  ...['efbbbf', 'fffe', 'feff', '00', '0000', '2020', 'e280a8', '5c75643830', '5c', 'ff', 'ffff', 'f7'],
].map(hex);
