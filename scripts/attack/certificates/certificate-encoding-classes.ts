import { extendedKeyUsage, OID, SIGNATURES, subjectAltName } from './certificate-template.ts';
import { contentOf, membersOf, octetString, sequence } from './der-octets.ts';
import {
  type CertificateClass,
  deviating,
  deviceUri,
  type Forge,
  type ForgedCertificate,
  leafOf,
} from './forged-certificate.ts';

/** A certificate by the book with its bytes changed: OpenSSL would not load most of them, so they go out by hand. */
function garbled(
  forge: Forge,
  garble: (der: Buffer) => { readonly bytes: Buffer; readonly variant: string },
): ForgedCertificate {
  const { der, key } = leafOf(forge);
  const { bytes, variant } = garble(der);
  return { variant, chain: [bytes, forge.world.device.der], key, rawOnly: true };
}

/** Where part `index` of a certificate stands: to-be-signed, algorithm, signature. */
function partAt(der: Buffer, index: 0 | 2): { readonly from: number; readonly to: number } {
  const parts = membersOf(der);
  const from = der.length - contentOf(der).length + (index === 0 ? 0 : sum(parts.slice(0, 2)));
  return { from, to: from + (parts[index]?.length ?? 0) };
}

function sum(parts: readonly Buffer[]): number {
  return parts.reduce((total, { length }) => total + length, 0);
}

function withSerial(forge: Forge, variant: string, octets: Buffer): ForgedCertificate {
  // The registry keeps serials as they may be: none of these is one, so that nobody could register it.
  return { ...deviating(forge, variant, { serial: octets }), rawOnly: true, registry: null };
}

/** How it is written: bits the other way, too few bytes or too many, fields twice, numbers that are none. */
export const ENCODING_CLASSES: Readonly<Record<string, CertificateClass>> = {
  bit_flip_in_signature: (forge) =>
    garbled(forge, (der) => {
      const { to } = partAt(der, 2);
      const { flipped, bit } = forge.random.flip(der, to - 32, to);
      return { bytes: flipped, variant: `bit ${bit - (to - 32) * 8} of s` };
    }),

  bit_flip_in_content: (forge) =>
    garbled(forge, (der) => {
      const { from, to } = partAt(der, 0);
      // A length that grows past the end only makes it truncated, which is another class.
      const { flipped, bit } = forge.random.flip(der, from + 24, to);
      return { bytes: flipped, variant: `bit ${bit - from * 8}` };
    }),

  bit_flip_in_serial: (forge) =>
    garbled(forge, (der) => {
      const { from } = partAt(der, 0);
      const { flipped, bit } = forge.random.flip(der, from + 12, from + 24);
      return { bytes: flipped, variant: `bit ${bit - from * 8}` };
    }),

  truncated: (forge) =>
    garbled(forge, (der) => {
      const cut = 1 + forge.random.below(300);
      return { bytes: der.subarray(0, der.length - cut), variant: `${cut} octets` };
    }),

  trailing_bytes: (forge) =>
    garbled(forge, (der) => {
      const more = forge.random.bytes(1 + forge.random.below(64));
      return { bytes: Buffer.concat([der, more]), variant: `${more.length} octets` };
    }),

  random_bytes: (forge) =>
    garbled(forge, () => {
      const bytes = forge.random.bytes(1 + forge.random.below(600));
      return { bytes, variant: `${bytes.length} octets` };
    }),

  empty_certificate: (forge) => garbled(forge, () => ({ bytes: Buffer.alloc(0), variant: 'no octet' })),

  duplicate_extension(forge) {
    const name = deviceUri(forge.random.pick([forge.device, forge.victim]));
    const extension = forge.random.pick([
      subjectAltName(name),
      extendedKeyUsage(OID.clientAuth),
      extendedKeyUsage(OID.serverAuth),
    ]);
    return deviating(forge, `a second ${extension.oid}`, { add: [extension] });
  },

  version_1: (forge) => deviating(forge, 'no extensions', { version: null, extensions: [] }),

  version_1_with_extensions: (forge) => ({ ...deviating(forge, 'v1', { version: null }), registry: null }),

  unknown_version: (forge) => ({
    ...deviating(forge, '', { version: forge.random.pick([3, 7, 100]) }),
    variant: 'beyond 3',
    registry: null,
  }),

  serial_negative: (forge) =>
    withSerial(forge, 'top bit set', Buffer.concat([Buffer.from([0x80]), forge.random.bytes(15)])),

  serial_zero: (forge) => withSerial(forge, 'zero', Buffer.from([0])),

  serial_too_long(forge) {
    const length = forge.random.pick([21, 32, 200]);
    return withSerial(
      forge,
      `${length} octets`,
      Buffer.concat([Buffer.from([0x40]), forge.random.bytes(length - 1)]),
    );
  },

  serial_empty: (forge) => withSerial(forge, 'no octet', Buffer.alloc(0)),

  other_algorithm_outside: (forge) => ({
    ...deviating(forge, 'ecdsa-with-SHA1 outside', { outerAlgorithm: SIGNATURES.ecdsaSha1.algorithm }),
    rawOnly: true,
  }),

  huge(forge) {
    const size = forge.random.pick([30_000, 60_000]);
    const padding = { oid: '1.3.6.1.4.1.99999.2', critical: false, value: octetString(Buffer.alloc(size)) };
    return { ...deviating(forge, `${size} octets more`, { add: [padding] }), registry: null };
  },

  beyond_the_limit(forge) {
    const padding = {
      oid: '1.3.6.1.4.1.99999.2',
      critical: false,
      value: octetString(Buffer.alloc(400_000)),
    };
    return { ...deviating(forge, '400,000 octets more', { add: [padding] }), rawOnly: true };
  },

  many_extensions(forge) {
    const add = Array.from({ length: 500 }, (_, i) => ({
      oid: `1.3.6.1.4.1.99999.3.${i}`,
      critical: i === 499,
      value: sequence(),
    }));
    return deviating(forge, '500, the last one critical', { add });
  },
};
