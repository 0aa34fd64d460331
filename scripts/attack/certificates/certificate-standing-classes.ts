import type { Proof } from '../wire/raw-tls.ts';
import { ecKey } from './certificate-world.ts';
import {
  type CertificateClass,
  deviating,
  type Forge,
  type ForgedCertificate,
  leafOf,
  type RegistryState,
} from './forged-certificate.ts';

function byTheBook(forge: Forge, variant: string, registry: RegistryState | null): ForgedCertificate {
  return { ...deviating(forge, variant, {}), registry };
}

function provenBy(forge: Forge, variant: string, proof: (key: Leaf['key']) => Proof): ForgedCertificate {
  const { der, key } = leafOf(forge);
  return { variant, chain: [der, forge.world.device.der], key, proof: proof(key), rawOnly: true };
}
type Leaf = ReturnType<typeof leafOf>;

/** The certificate is as it should be: what is wrong is its standing in the registry, or who shows it. */
export const STANDING_CLASSES: Readonly<Record<string, CertificateClass>> = {
  not_registered: (forge) => byTheBook(forge, 'issued by a stolen authority key', null),

  not_registered_for_good_device: (forge) => ({
    ...deviating({ ...forge, device: forge.victim }, 'names a device in good standing', {}),
    registry: null,
  }),

  superseded: (forge) => byTheBook(forge, 'superseded', { certificate: 'superseded' }),

  revoked(forge) {
    const reason = forge.random.pick(['unspecified', 'keyCompromise', 'privilegeWithdrawn'] as const);
    return byTheBook(forge, reason, { certificate: reason });
  },

  authority_compromised: (forge) => byTheBook(forge, 'cACompromise', { certificate: 'cACompromise' }),

  device_suspended: (forge) => byTheBook(forge, 'suspended', { device: 'suspended' }),

  device_revoked(forge) {
    const certificate = forge.random.pick(['active', 'cessationOfOperation'] as const);
    return byTheBook(forge, `certificate ${certificate}`, { device: 'revoked', certificate });
  },

  pending_of_suspended_device: (forge) =>
    byTheBook(forge, 'pending', { device: 'suspended', certificate: 'pending' }),

  key_of_another: (forge) =>
    provenBy(forge, 'signed with another key', () => ({ kind: 'signed', key: ecKey() })),

  recorded_proof: (forge) =>
    provenBy(forge, 'of another handshake', (key) => ({ kind: 'other_transcript', key })),

  no_proof: (forge) => provenBy(forge, 'no CertificateVerify', () => ({ kind: 'none' })),
};
