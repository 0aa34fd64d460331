import { CodedError } from '../core/coded-error.ts';
import type { DeviceCertificate } from '../model/people.ts';

/**
 * A key is one device's alone, and is never certified again once it is in wrong hands.
 * @param others the certificates that there ever were with the key of `certificate`
 * @throws CodedError `key_revoked`, `key_of_another_device`
 */
export function refuseForeignKey(
  { device }: Pick<DeviceCertificate, 'device'>,
  others: readonly DeviceCertificate[],
): void {
  const compromised = others.find(({ ended }) => ended?.reason === 'keyCompromise');
  if (compromised !== undefined) throw keyRevoked(compromised);
  const foreign = others.find((other) => other.device !== device);
  if (foreign !== undefined) throw keyOfAnother(foreign.device);
}

/** The key of this certificate is no longer to be used. */
export function keyRevoked({ serial, device }: DeviceCertificate): CodedError {
  return new CodedError(
    'key_revoked',
    `the key is that of certificate ${serial} of device "${device}", which ends because its key is in wrong hands: make a new key`,
    { details: { device, serial } },
  );
}

/** The key is in use by this device. Who asks has shown to hold it, and learns nothing by the name. */
export function keyOfAnother(device: string): CodedError {
  return new CodedError(
    'key_of_another_device',
    `the key is that of device "${device}": make one for this device alone`,
    { details: { device } },
  );
}

/**
 * What falls with a certificate whose key is in wrong hands: those with the same key, those that were given to whoever
 * showed one of them, and so on.
 * @param all the certificates of the device
 * @returns `first`, then the others, ended ones included
 */
export function compromisedWith(
  first: DeviceCertificate,
  all: readonly DeviceCertificate[],
): readonly DeviceCertificate[] {
  const byKey = Map.groupBy(all, ({ key_thumbprint }) => key_thumbprint);
  const byFormer = Map.groupBy(all, ({ follows }) => follows);
  const falling = new Set([first]);
  // A set that grows is walked to its new end.
  for (const { key_thumbprint: key, thumbprint } of falling) {
    const sameKey = key === '' ? [] : (byKey.get(key) ?? []);
    for (const one of [...sameKey, ...(byFormer.get(thumbprint) ?? [])]) falling.add(one);
  }
  return [...falling];
}
