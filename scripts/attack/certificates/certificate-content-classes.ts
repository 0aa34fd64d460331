import { generateKeyPairSync } from 'node:crypto';
import {
  extendedKeyUsage,
  generalName,
  keyUsage,
  nameOf,
  OID,
  type RawExtension,
  SIGNATURES,
  subjectAltName,
} from './certificate-template.ts';
import { ecKey } from './certificate-world.ts';
import { objectIdentifier, octetString, sequence, tlv, utf8String } from './der-octets.ts';
import {
  type CertificateClass,
  deviating,
  deviceUri,
  type Forge,
  type ForgedCertificate,
} from './forged-certificate.ts';

function usage(forge: Forge, variant: string, extension: RawExtension | null): ForgedCertificate {
  return deviating(forge, variant, { replace: { [OID.extendedKeyUsage]: extension } });
}

function named(forge: Forge, variant: string, ...names: readonly Buffer[]): ForgedCertificate {
  return deviating(forge, variant, { replace: { [OID.subjectAltName]: subjectAltName(...names) } });
}

/** Signed by the real device authority and registered: what is wrong is what stands in it. */
export const CONTENT_CLASSES: Readonly<Record<string, CertificateClass>> = {
  eku_server_auth: (forge) => usage(forge, 'serverAuth', extendedKeyUsage(OID.serverAuth)),
  eku_missing: (forge) => usage(forge, 'none', null),
  eku_any: (forge) => usage(forge, 'anyExtendedKeyUsage', extendedKeyUsage(OID.anyPurpose)),
  eku_other: (forge) => usage(forge, 'emailProtection', extendedKeyUsage(OID.emailProtection)),

  eku_two(forge) {
    const other = forge.random.pick([OID.serverAuth, OID.anyPurpose, OID.emailProtection, OID.clientAuth]);
    const both = forge.random.below(2) === 1 ? [OID.clientAuth, other] : [other, OID.clientAuth];
    return usage(forge, both.join(' '), extendedKeyUsage(...both));
  },

  no_digital_signature(forge) {
    const bits = forge.random.pick([0x20, 0x10, 0x04, 0x02, 0x40]);
    return deviating(forge, `key usage ${bits}`, { replace: { [OID.keyUsage]: keyUsage(bits) } });
  },

  signed_with_sha1(forge) {
    const rsa = forge.random.below(2) === 1;
    return rsa
      ? deviating(forge, 'RSA', { authority: forge.world.rsa, signature: SIGNATURES.rsaSha1 })
      : deviating(forge, 'ECDSA', { signature: SIGNATURES.ecdsaSha1 });
  },

  signed_with_md5: (forge) =>
    deviating(forge, 'RSA', { authority: forge.world.rsa, signature: SIGNATURES.rsaMd5 }),

  rsa_1024_key: (forge) => deviating(forge, '1,024 bits', { key: forge.world.weakRsaKey }),

  other_curve(forge) {
    const curve = forge.random.pick(['P-192', 'secp256k1', 'P-224']);
    return { ...deviating(forge, curve, { key: ecKey(curve) }), rawOnly: true };
  },

  // Sound as such: what keeps it out is that no enrolment takes such a key.
  ed25519_key(forge) {
    const key = generateKeyPairSync('ed25519').privateKey;
    return { ...deviating(forge, 'Ed25519', { key }), rawOnly: true, registry: null };
  },

  two_device_names(forge) {
    const own = deviceUri(forge.device);
    const other = deviceUri(forge.random.pick([forge.victim, forge.device, `${forge.device}x`]));
    const ownFirst = forge.random.below(2) === 1;
    return named(forge, ownFirst ? 'own first' : 'own last', ...(ownFirst ? [own, other] : [other, own]));
  },

  device_name_and_another_kind(forge) {
    const other = forge.random.pick([generalName(2, 'localhost'), generalName(1, 'a@example.org')]);
    return named(forge, `tag ${other[0]}`, deviceUri(forge.device), other);
  },

  nul_in_name(forge) {
    const { device, victim } = forge;
    const text = forge.random.pick([
      `${device}\0`,
      `${device}\0.${victim}`,
      `\0${device}`,
      `${victim}\0${device}`,
    ]);
    const uri = generalName(6, Buffer.from(`urn:vitalwire:device:${text}`, 'latin1'));
    const variant = JSON.stringify(text.replaceAll(device, 'own').replaceAll(victim, 'other'));
    return { ...named(forge, variant, uri), rawOnly: true };
  },

  name_as_dns_or_email(forge) {
    const tag = forge.random.pick([1, 2] as const);
    return named(forge, `tag ${tag}`, generalName(tag, `urn:vitalwire:device:${forge.device}`));
  },

  name_as_other_name(forge) {
    const value = tlv(0xa0, utf8String(`urn:vitalwire:device:${forge.device}`));
    return named(forge, 'otherName', tlv(0xa0, objectIdentifier('1.3.6.1.4.1.311.20.2.3'), value));
  },

  name_as_directory_name: (forge) =>
    named(forge, 'directoryName', tlv(0xa4, nameOf(`urn:vitalwire:device:${forge.device}`))),

  common_name_only(forge) {
    const { device } = forge;
    const name = forge.random.pick([
      device,
      `urn:vitalwire:device:${device}`,
      `URI:urn:vitalwire:device:${device}`,
    ]);
    const variant = name.replaceAll(device, 'own');
    return deviating(forge, variant, { subject: nameOf(name), replace: { [OID.subjectAltName]: null } });
  },

  empty_names: (forge) => named(forge, 'none'),

  name_of_another_device: (forge) => named(forge, 'in good standing', deviceUri(forge.victim)),

  name_spelt_otherwise(forge) {
    const { device } = forge;
    const spellings = {
      'urn in capitals': `URN:VITALWIRE:DEVICE:${device}`,
      'a capital': `urn:vitalwire:Device:${device}`,
      'id in capitals': `urn:vitalwire:device:${device.toUpperCase()}`,
      'a path behind': `urn:vitalwire:device:${device}/1`,
      'a query behind': `urn:vitalwire:device:${device}?a=b`,
      'a fragment behind': `urn:vitalwire:device:${device}#a`,
      'percent encoding': `urn:vitalwire:device:${device.replace('b', '%62')}`,
      'a space behind': `urn:vitalwire:device:${device} `,
      'a line feed behind': `urn:vitalwire:device:${device}\n`,
      'a comma and more': `urn:vitalwire:device:${device}, URI:urn:vitalwire:device:${forge.victim}`,
      'as a URL': `https://urn:vitalwire:device/${device}`,
      'a prefix before': `x-urn:vitalwire:device:${device}`,
      'no id': 'urn:vitalwire:device:',
      __proto__: 'urn:vitalwire:device:__proto__',
    } as const;
    const variant = forge.random.pick(Object.keys(spellings) as (keyof typeof spellings)[]);
    return named(forge, variant, generalName(6, spellings[variant]));
  },

  unknown_critical_extension: (forge) =>
    deviating(forge, '1.3.6.1.4.1.99999.1', {
      add: [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: octetString(Buffer.from('?')) }],
    }),

  name_constraints_on_leaf: (forge) =>
    deviating(forge, 'all URIs excluded', {
      add: [{ oid: '2.5.29.30', critical: true, value: sequence(tlv(0xa1, sequence(generalName(6, '.')))) }],
      replace: { [OID.extendedKeyUsage]: extendedKeyUsage(OID.serverAuth) },
    }),
};
