import { compact, encoded, es256, oneOf, type TokenClass, type TokenForge } from './forged-token.ts';

interface Parts {
  readonly head: string;
  readonly payload: string;
  readonly signature: string;
}

function partsOf(token: string): Parts {
  const [head = '', payload = '', signature = ''] = token.split('.');
  return { head, payload, signature };
}

/** The order of P-256, which a signature's halves must be below. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);
const ALL = Buffer.alloc(32, 0xff);

function bitFlip({ random, good }: TokenForge, which: keyof Parts) {
  const parts = partsOf(good);
  const { flipped, bit } = random.flip(Buffer.from(parts[which], 'base64url'));
  const changed: Parts = Object.assign({}, parts, { [which]: flipped.toString('base64url') });
  const { head, payload, signature } = changed;
  return { variant: `bit ${bit}`, token: `${head}.${payload}.${signature}` };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Another last letter that stands for the same octets in a decoder that does not look: 86 letters hold 516 bits. */
function otherLastLetter(text: string, more: number): string {
  const last = ALPHABET.indexOf(text.at(-1) ?? 'A');
  return `${text.slice(0, -1)}${ALPHABET[last + more] ?? '_'}`;
}

function inserted({ random, good }: TokenForge, text: string, what: string) {
  const at = 1 + random.below(good.length - 1);
  return { variant: `${what} at ${at}`, token: `${good.slice(0, at)}${text}${good.slice(at)}` };
}

function headers(variant: string, ...lines: readonly string[]) {
  return { variant, token: '', headers: lines };
}

/** How a token is written down and handed over. */
export const FORM_CLASSES: Readonly<Record<string, TokenClass>> = {
  of_another: { forge: ({ ofAnother }) => ({ variant: 'stolen', token: ofAnother }) },
  of_the_other_listener: { forge: ({ ofOtherKind }) => ({ variant: 'good there', token: ofOtherKind }) },
  signature_missing: {
    forge({ random, good }) {
      const { head, payload } = partsOf(good);
      return oneOf(random, { empty: () => `${head}.${payload}.`, 'left out': () => `${head}.${payload}` });
    },
  },
  signature_of_another: {
    forge({ random, good, ofAnother }) {
      const [own, other] = [partsOf(good), partsOf(ofAnother)];
      return oneOf(random, {
        'payload ours': () => `${own.head}.${own.payload}.${other.signature}`,
        'payload theirs': () => `${own.head}.${other.payload}.${own.signature}`,
      });
    },
  },
  bit_flip_in_signature: { forge: (forge) => bitFlip(forge, 'signature') },
  bit_flip_in_payload: { forge: (forge) => bitFlip(forge, 'payload') },
  bit_flip_in_header: { forge: (forge) => bitFlip(forge, 'head') },
  signature_not_canonical: {
    forge({ random, good }) {
      const more = 1 + random.below(15);
      const { head, payload, signature } = partsOf(good);
      return {
        variant: `trailing bits ${more}`,
        token: `${head}.${payload}.${otherLastLetter(signature, more)}`,
      };
    },
  },
  signature_psychic: {
    forge({ random, good }) {
      const { head, payload } = partsOf(good);
      const halves = { 0: ZERO, 1: ONE, n: ORDER, max: ALL } as const;
      const names = Object.keys(halves) as (keyof typeof halves)[];
      const [r, s] = [random.pick(names), random.pick(names)];
      const signature = Buffer.concat([halves[r], halves[s]]).toString('base64url');
      return { variant: `r ${r}, s ${s}`, token: `${head}.${payload}.${signature}` };
    },
  },
  signature_in_der: {
    forge({ header, claims, signingKey }) {
      const der = (input: string): Buffer => {
        const raw = es256(signingKey)(input);
        const half = (octets: Buffer): Buffer => {
          const positive = (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), octets]) : octets;
          return Buffer.concat([Buffer.from([2, positive.length]), positive]);
        };
        const both = Buffer.concat([half(raw.subarray(0, 32)), half(raw.subarray(32))]);
        return Buffer.concat([Buffer.from([0x30, both.length]), both]);
      };
      return { variant: 'well signed', token: compact(header, claims, der) };
    },
  },
  signature_of_wrong_length: {
    forge({ random, good }) {
      const { head, payload, signature } = partsOf(good);
      const octets = Buffer.from(signature, 'base64url');
      const ways: Readonly<Record<string, Buffer>> = {
        '63 octets': octets.subarray(0, 63),
        '65 octets': Buffer.concat([octets, Buffer.alloc(1)]),
        'a zero before': Buffer.concat([Buffer.alloc(1), octets]),
        twice: Buffer.concat([octets, octets]),
        'halves of 33': Buffer.concat([
          Buffer.alloc(1),
          octets.subarray(0, 32),
          Buffer.alloc(1),
          octets.subarray(32),
        ]),
      };
      const variant = random.pick(Object.keys(ways));
      return { variant, token: `${head}.${payload}.${(ways[variant] ?? octets).toString('base64url')}` };
    },
  },
  truncated: {
    forge({ random, good }) {
      const cut = 1 + random.below(good.length - 1);
      return { variant: `${cut} letters`, token: good.slice(0, -cut) };
    },
  },
  padded: {
    forge({ random, good }) {
      const { head, payload, signature } = partsOf(good);
      return oneOf(random, {
        header: () => `${head}=.${payload}.${signature}`,
        payload: () => `${head}.${payload}==.${signature}`,
        'signature, once': () => `${head}.${payload}.${signature}=`,
        'signature, rightly': () => `${head}.${payload}.${signature}==`,
      });
    },
  },
  white_space_inside: {
    forge(forge) {
      const [what, text] = forge.random.pick([
        ['space', ' '],
        ['tab', '\t'],
        ['line end', '\r\n '],
        ['no-break', '\u00a0'],
      ]);
      return inserted(forge, text ?? ' ', what ?? '');
    },
  },
  letters_of_another_alphabet: {
    forge({ random, good }) {
      const { head, payload, signature } = partsOf(good);
      const standard = (text: string): string => {
        const other = text.replaceAll('-', '+').replaceAll('_', '/');
        // Where no letter differs, one more that says nothing.
        return other === text ? `${text}+` : other;
      };
      return oneOf(random, {
        signature: () => `${head}.${payload}.${standard(signature)}`,
        all: () => [head, payload, signature].map(standard).join('.'),
      });
    },
  },
  parts_too_many: {
    forge: ({ random, good }) =>
      oneOf(random, {
        'an empty fourth': () => `${good}.`,
        'a fourth': () => `${good}.${encoded('more')}`,
        twice: () => `${good}.${good}`,
        'an empty first': () => `.${good}`,
      }),
  },
  parts_too_few: {
    forge: ({ random, good }) =>
      oneOf(random, {
        one: () => partsOf(good).payload,
        none: () => '.',
        'two dots': () => '..',
        'three dots': () => '...',
        'header and signature': () => `${partsOf(good).head}..${partsOf(good).signature}`,
      }),
  },
  encrypted: {
    forge: ({ random, claims, good }) =>
      oneOf(random, {
        dir: () =>
          [encoded({ alg: 'dir', enc: 'A128GCM' }), '', encoded('iv'), encoded(claims), encoded('tag')].join(
            '.',
          ),
        'ECDH-ES': () =>
          [encoded({ alg: 'ECDH-ES', enc: 'A256GCM' }), '', 'aXY', encoded(good), 'dGFn'].join('.'),
      }),
  },
  nested: {
    forge: ({ header, good, signingKey }) => ({
      variant: 'a token in a token',
      token: compact({ ...header, cty: 'JWT' }, good, es256(signingKey)),
    }),
  },
  json_serialisation: {
    forge({ random, good }) {
      const { head, payload, signature } = partsOf(good);
      return oneOf(random, {
        flattened: () => JSON.stringify({ payload, protected: head, signature }),
        general: () => JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
        'unprotected header': () =>
          JSON.stringify({ payload, protected: head, header: { alg: 'none' }, signature }),
      });
    },
  },
  nested_deeply: {
    forge({ random, header, claims, signingKey }) {
      const depth = random.pick([2_000, 5_000]);
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const payload = `${JSON.stringify(claims).slice(0, -1)},"deep":${deep}}`;
      return { variant: `${depth} lists`, token: compact(header, payload, es256(signingKey)) };
    },
  },
  huge: {
    forge({ random, header, claims, signingKey }) {
      const size = random.pick([8_000, 14_000, 100_000]);
      return {
        variant: `${size} letters`,
        token: compact(header, { ...claims, pad: 'a'.repeat(size) }, es256(signingKey)),
      };
    },
  },
  garbage: {
    forge({ random }) {
      const bytes = random.bytes(1 + random.below(200));
      return oneOf(random, {
        base64url: () => bytes.toString('base64url'),
        'three parts': () => `${bytes.toString('base64url')}.e30.e30`,
        hex: () => bytes.toString('hex'),
        latin1: () => bytes.toString('latin1'),
        'nothing but a letter': () => 'a',
      });
    },
  },
  control_characters: {
    forge(forge) {
      const [what, text] = forge.random.pick([
        ['NUL', '\0'],
        ['escape', '\u001b'],
        ['delete', '\u007f'],
      ]);
      return inserted(forge, text ?? '\0', what ?? '');
    },
  },
  other_scheme: {
    forge({ random, good }) {
      const basic = Buffer.from(`token:${good}`).toString('base64');
      const line = random.pick([
        `Basic ${basic}`,
        `DPoP ${good}`,
        good,
        `Token ${good}`,
        `Bearer Bearer ${good}`,
        `Bearer,${good}`,
      ]);
      return headers(line.split(/[ ,]/)[0]?.slice(0, 6) ?? '', `Authorization: ${line}`);
    },
  },
  no_header: { forge: () => headers('none') },
  empty_header: {
    forge({ random }) {
      const line = random.pick([
        'Authorization:',
        'Authorization: Bearer',
        'Authorization: Bearer ',
        'Authorization:  ',
      ]);
      return headers(JSON.stringify(line), line);
    },
  },
  bad_header_before_a_good_one: {
    forge: ({ good }) => headers('two', 'Authorization: Bearer e30.e30.e30', `Authorization: Bearer ${good}`),
  },
  elsewhere: {
    forge({ random, good }) {
      const ways: Readonly<Record<string, readonly string[]>> = {
        cookie: [`Cookie: token=${good}; access_token=${good}; session=${good}`],
        'another header': [`X-Access-Token: ${good}`, `X-Authorization: Bearer ${good}`],
        'for the proxy': [`Proxy-Authorization: Bearer ${good}`],
        query: [],
      };
      const variant = random.pick(Object.keys(ways));
      return { ...headers(variant, ...(ways[variant] ?? [])), query: `?access_token=${good}&token=${good}` };
    },
  },
};
