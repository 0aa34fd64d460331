import { randomBytes } from 'node:crypto';
import {
  authorityKeyId,
  basicConstraints,
  keyUsage,
  nameOf,
  OID,
  type RawAuthority,
} from './certificate-template.ts';
import { DAY_MS, ecKey } from './certificate-world.ts';
import {
  type CertificateClass,
  type Deviation,
  deviating,
  type Forge,
  leafOf,
} from './forged-certificate.ts';

/** A leaf that makes itself out to be an authority. */
function asAuthority(forge: Forge, deviation: Deviation): RawAuthority {
  const name = nameOf(forge.device);
  const keyId = randomBytes(20);
  const { der, key } = leafOf(forge, { ...deviation, subject: name, keyId });
  return { der, name, keyId, key };
}

/** Who issued it, when, and by which way it leads to the root. */
export const CHAIN_CLASSES: Readonly<Record<string, CertificateClass>> = {
  no_certificate: () => ({ variant: 'none', chain: [], key: null, registry: null }),

  self_signed(forge) {
    const [key, keyId] = [ecKey(), randomBytes(20)];
    const self = { der: Buffer.alloc(0), name: nameOf(forge.device), keyId, key };
    const { der } = leafOf(forge, { key, authority: self, keyId });
    return { variant: 'by the key it certifies', chain: [der], key };
  },

  other_authority(forge) {
    const { root, device } = forge.world.foreign;
    const forged = deviating(forge, '', { authority: device });
    const withRoot = forge.random.below(2) === 1;
    return {
      ...forged,
      variant: withRoot ? 'its root sent along' : 'without its root',
      chain: withRoot ? [...forged.chain, root.der] : forged.chain,
    };
  },

  other_authority_same_names_and_key_ids(forge) {
    const { root, device } = forge.world.twin;
    const forged = deviating(forge, '', { authority: device });
    const chains = {
      'its own authority': [...forged.chain, root.der],
      'the real authority': [...forged.chain.slice(0, 1), forge.world.device.der],
      'no authority': forged.chain.slice(0, 1),
    } as const;
    const variant = forge.random.pick(Object.keys(chains) as (keyof typeof chains)[]);
    return { ...forged, variant: `sent with ${variant}`, chain: chains[variant] };
  },

  expired(forge) {
    const days = forge.random.pick([0.01, 1, 30, 3_650]);
    const notAfter = forge.now - days * DAY_MS;
    return deviating(forge, `${days} days ago`, { notBefore: notAfter - 90 * DAY_MS, notAfter });
  },

  expired_and_may_renew_late(forge) {
    const days = forge.random.pick([0.01, 1, 30]);
    const notAfter = forge.now - days * DAY_MS;
    const forged = deviating(forge, `${days} days ago`, { notBefore: notAfter - 90 * DAY_MS, notAfter });
    return { ...forged, registry: { lateRenewal: true } };
  },

  expired_and_not_signed(forge) {
    const notAfter = forge.now - DAY_MS;
    const { der, key } = leafOf(forge, { notBefore: notAfter - DAY_MS, notAfter });
    const { flipped, bit } = forge.random.flip(der, der.length - 30);
    return {
      variant: `signature bit ${bit - (der.length - 30) * 8}`,
      chain: [flipped, forge.world.device.der],
      key,
      rawOnly: true,
      registry: { lateRenewal: true },
    };
  },

  not_yet_valid(forge) {
    const days = forge.random.pick([0.01, 1, 30, 3_650]);
    const notBefore = forge.now + days * DAY_MS;
    return deviating(forge, `in ${days} days`, { notBefore, notAfter: notBefore + 90 * DAY_MS });
  },

  ca_true_leaf(forge) {
    const path = forge.random.pick([null, 0, 1]);
    const usage = forge.random.pick([0x80, 0x86, 0x06]);
    return deviating(forge, `path length ${path}, key usage ${usage}`, {
      replace: {
        [OID.basicConstraints]: basicConstraints(path),
        [OID.keyUsage]: keyUsage(usage),
      },
    });
  },

  leaf_as_issuer(forge) {
    const claims = forge.random.below(2) === 1;
    const replace = claims ? { [OID.keyUsage]: keyUsage(0x86) } : {};
    const middle = asAuthority(forge, { replace });
    const { der, key } = leafOf(forge, { authority: middle });
    return {
      variant: claims ? 'whose key usage says it may' : 'by the book',
      chain: [der, middle.der, forge.world.device.der],
      key,
    };
  },

  ca_true_leaf_as_issuer(forge) {
    const middle = asAuthority(forge, {
      replace: { [OID.basicConstraints]: basicConstraints(null), [OID.keyUsage]: keyUsage(0x06) },
    });
    const { der, key } = leafOf(forge, { authority: middle });
    return { variant: 'below the device authority', chain: [der, middle.der, forge.world.device.der], key };
  },

  path_length_exceeded(forge) {
    const { below, device } = forge.world;
    const { der, key } = leafOf(forge, { authority: below });
    return { variant: 'two issuing authorities', chain: [der, below.der, device.der], key };
  },

  issued_by_root: (forge) => ({
    ...deviating(forge, 'directly', { authority: forge.world.root }),
    registry: null,
  }),

  issued_by_server_authority: (forge) =>
    deviating(forge, 'for clientAuth', { authority: forge.world.server }),

  missing_intermediate(forge) {
    const { second, device } = forge.world;
    const { der, key } = leafOf(forge, { authority: second });
    const wrong = forge.random.below(2) === 1;
    return {
      variant: wrong ? 'the device authority in its place' : 'the leaf alone',
      chain: wrong ? [der, device.der] : [der],
      key,
    };
  },

  authority_key_id_of_another(forge) {
    const { device, server } = forge.world;
    return deviating(forge, 'the server authority named', {
      authority: { ...server, name: device.name },
      replace: { [OID.authorityKeyId]: authorityKeyId(device.keyId) },
    });
  },

  authority_itself(forge) {
    const which = forge.random.pick(['device', 'root', 'server'] as const);
    const { der, key } = forge.world[which];
    return { variant: which, chain: [der], key };
  },

  servers_own_certificate(forge) {
    const { serverLeaf, server } = forge.world;
    return { variant: 'stolen', chain: [serverLeaf.der, server.der], key: serverLeaf.key };
  },
};
