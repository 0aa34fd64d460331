import { randomBytes } from 'node:crypto';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { issueDeviceToken } from '../../src/identity/device-token.ts';
import { type DeviceId, deviceId, type PatientId } from '../../src/model/ids.ts';
import type { NewEnrolment } from '../../src/model/people.ts';
import type { AttackStage } from './attack-stage.ts';
import { DAY_MS } from './certificates/certificate-world.ts';
import { leafOf, type RegistryState } from './certificates/forged-certificate.ts';
import { Seeded } from './seeded.ts';
import type { ClientCredential } from './wire/channel.ts';

/** What the registry is to say of `der`. */
export function enrolmentOf(
  id: DeviceId,
  der: Buffer,
  state: RegistryState,
  now: number,
  patient: PatientId | null = null,
): NewEnrolment {
  const { device = 'active', certificate = 'active', lateRenewal } = state;
  const holds = certificate === 'active' || certificate === 'pending';
  const status = holds ? certificate : certificate === 'superseded' ? 'superseded' : 'revoked';
  return {
    device: {
      id,
      status: device,
      description: 'attack',
      interval_ms: null,
      created: now,
      late_renewal_until: lateRenewal ? now + DAY_MS : null,
    },
    certificate: {
      thumbprint: thumbprintOf(der),
      serial: `4${randomBytes(15).toString('hex').toUpperCase()}0`,
      device: id,
      authority: '',
      // Some are forged so that no key can be read from them.
      key_thumbprint: '',
      follows: null,
      not_before: now - 10_000 * DAY_MS,
      not_after: now + 10_000 * DAY_MS,
      status,
      ended: holds ? null : { at: now, reason: certificate },
    },
    patient,
    at: now - DAY_MS,
  };
}

/** A device in good standing, with what it shows. */
export interface GoodDevice extends ClientCredential {
  readonly id: DeviceId;
  readonly thumbprint: string;
}

/** Devices with certificates by the book, all registered; the server knows them within its 250 ms. */
export async function enrolGood(
  stage: AttackStage,
  ids: readonly string[],
  patient: PatientId | null = null,
): Promise<readonly GoodDevice[]> {
  const now = Date.now();
  const forge = { world: stage.world, random: new Seeded(0), victim: '', now };
  const devices = ids.map((text) => {
    const { der, key } = leafOf({ ...forge, device: text });
    const chain = [der, stage.world.device.der];
    return { id: deviceId(text), chain, key, thumbprint: thumbprintOf(der), der };
  });
  await stage.registry.enrol(devices.map(({ id, der }) => enrolmentOf(id, der, {}, now, patient)));
  return devices;
}

/** A token for `device` that is good with the certificate of this thumbprint. */
export async function goodToken(
  { keys, issuer }: AttackStage,
  device: DeviceId,
  thumbprint: string,
  ttlS = 3_600,
): Promise<string> {
  const { token } = await issueDeviceToken(keys, { device, thumbprint, issuer, ttlS, now: Date.now() });
  return token;
}
