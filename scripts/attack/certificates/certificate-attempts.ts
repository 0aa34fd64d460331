import { thumbprintOf } from '../../../src/identity/device-identity.ts';
import { deviceId } from '../../../src/model/ids.ts';
import type { NewEnrolment } from '../../../src/model/people.ts';
import type { AttackStage } from '../attack-stage.ts';
import { enrolGood, enrolmentOf, goodToken } from '../enrolled.ts';
import type { Seeded } from '../seeded.ts';
import { CHAIN_CLASSES } from './certificate-chain-classes.ts';
import { CONTENT_CLASSES } from './certificate-content-classes.ts';
import { ENCODING_CLASSES } from './certificate-encoding-classes.ts';
import { STANDING_CLASSES } from './certificate-standing-classes.ts';
import {
  type CertificateClass,
  deviating,
  type Forge,
  type ForgedCertificate,
} from './forged-certificate.ts';

export const CERTIFICATE_CLASSES: Readonly<Record<string, CertificateClass>> = {
  ...CHAIN_CLASSES,
  ...CONTENT_CLASSES,
  ...ENCODING_CLASSES,
  ...STANDING_CLASSES,
};

/** A certificate by the book, which must be let in. */
export const CONTROL = 'control';

export const TRANSPORTS = ['TLSv1.2', 'TLSv1.3', 'by hand'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface CertificateAttempt {
  readonly name: string;
  readonly forged: ForgedCertificate;
  readonly transport: Transport;
  /** A token that would do, were the certificate any good. */
  readonly token: string;
}

/** Attempts of every class in turn, with controls evenly between them, all of it settled by the seed. */
export function namesInTurn(
  classes: readonly string[],
  size: { readonly attempts: number; readonly controls: number },
): readonly string[] {
  const bad = Array.from({ length: size.attempts }, (_, i) => classes[i % classes.length] ?? CONTROL);
  const every = Math.max(1, Math.floor(size.attempts / Math.max(1, size.controls)));
  const names = bad.flatMap((name, i) =>
    i % every === 0 && i / every < size.controls ? [CONTROL, name] : [name],
  );
  const missing = size.controls - names.filter((name) => name === CONTROL).length;
  return [...names, ...Array.from({ length: missing }, () => CONTROL)];
}

/**
 * Makes the certificates, and registers them: each is a device's of its own, active unless its class says otherwise,
 * so that what turns it away is what is wrong with it and not that nobody knows it.
 */
export async function certificateAttempts(
  stage: AttackStage,
  size: { readonly attempts: number; readonly controls: number; readonly random: Seeded },
  classes: Readonly<Record<string, CertificateClass>>,
): Promise<readonly CertificateAttempt[]> {
  const now = Date.now();
  const [victim] = await enrolGood(stage, ['victim-1']);
  const enrolments: NewEnrolment[] = [];
  const attempts: CertificateAttempt[] = [];
  const registered = new Set<string>();
  const names = namesInTurn(Object.keys(classes), size);
  for (const [index, name] of names.entries()) {
    const id = deviceId(`${name === CONTROL ? 'good' : 'bad'}-${index}`);
    const { random } = size;
    const forge: Forge = { world: stage.world, random, device: id, victim: 'victim-1', now };
    const forged = classes[name]?.(forge) ?? deviating(forge, 'by the book', {});
    const { registry = {}, chain } = forged;
    const [leaf = Buffer.from(id)] = chain;
    // Where the certificate itself is not known, its device is, with another one. What cannot be made twice (an
    // authority's own certificate) is registered for the first that shows it.
    const known = registry !== null && !registered.has(thumbprintOf(leaf));
    registered.add(thumbprintOf(leaf));
    enrolments.push(enrolmentOf(id, known ? leaf : Buffer.from(id), registry ?? {}, now));
    const transport = random.pick(TRANSPORTS);
    const stolen = name !== CONTROL && victim !== undefined && random.below(4) === 0;
    const token = stolen
      ? await goodToken(stage, victim.id, victim.thumbprint)
      : await goodToken(stage, id, thumbprintOf(leaf));
    attempts.push({ name, forged, transport: forged.rawOnly ? 'by hand' : transport, token });
  }
  await stage.registry.enrol(enrolments);
  return attempts;
}
