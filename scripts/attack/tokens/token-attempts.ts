import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { issueClinicianToken } from '../../../src/identity/clinician-token.ts';
import { type ClinicianId, clinicianId, wardId } from '../../../src/model/ids.ts';
import type { AttackStage } from '../attack-stage.ts';
import { namesInTurn } from '../certificates/certificate-attempts.ts';
import { ecKey } from '../certificates/certificate-world.ts';
import { enrolGood, type GoodDevice, goodToken } from '../enrolled.ts';
import type { Seeded } from '../seeded.ts';
import type { ForgedToken, TokenClass, TokenForge, TokenKind } from './forged-token.ts';
import { CLAIM_CLASSES } from './token-claim-classes.ts';
import { FORM_CLASSES } from './token-form-classes.ts';
import { KEY_CLASSES } from './token-key-classes.ts';

export const TOKEN_CLASSES: Readonly<Record<string, TokenClass>> = {
  ...KEY_CLASSES,
  ...CLAIM_CLASSES,
  ...FORM_CLASSES,
};

export interface TokenAttempt {
  readonly name: string;
  readonly kind: TokenKind;
  readonly forged: ForgedToken;
  /** A token that opens the door: for a stream on which the forged one is offered in-band. */
  readonly good: string;
  /** Whether it is offered in-band too. */
  readonly inBand: boolean;
}

/** The attempts of one device, one after the other: a device has one connection. */
export interface DeviceTurn {
  readonly device: GoodDevice;
  readonly attempts: readonly TokenAttempt[];
}

/** Well below the connects a minute that a device may make by default. */
const ATTEMPTS_A_DEVICE = 8;
const NURSE = 'attack-nurse';
const RETIRED = 'retired-nurse';

/** Makes the devices, the people and the tokens. */
export async function tokenTurns(
  stage: AttackStage,
  size: { readonly attempts: number; readonly controls: number; readonly random: Seeded },
  classes: Readonly<Record<string, TokenClass>>,
): Promise<readonly DeviceTurn[]> {
  const names = namesInTurn(Object.keys(classes), size);
  const count = Math.ceil(names.length / ATTEMPTS_A_DEVICE);
  const ids = Array.from({ length: count }, (_, i) => `token-${i}`);
  const [victim, ...devices] = await enrolGood(stage, ['victim-2', ...ids]);
  if (victim === undefined) throw new RangeError('no devices');
  for (const [id, active] of [
    [NURSE, true],
    [RETIRED, false],
  ] as const) {
    await stage.registry.putClinician({
      ...{ id: clinicianId(id), role: 'clinician', wards: [wardId('ward-1')], patients: [], active },
    });
  }
  const own = { ownKey: ecKey(), ownRsaKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
  const clinicians = {
    good: await clinicianToken(stage, clinicianId(NURSE)),
    ofAnother: await clinicianToken(stage, clinicianId(RETIRED)),
  };
  const ofVictim = await goodToken(stage, victim.id, victim.thumbprint);
  const turns: { device: GoodDevice; attempts: TokenAttempt[] }[] = [];
  for (const device of devices) turns.push({ device, attempts: [] });
  for (const [index, name] of names.entries()) {
    const turn = turns[index % turns.length];
    if (turn === undefined) continue;
    const { random } = size;
    const known = classes[name];
    const drawn: TokenKind = random.below(4) === 0 ? 'clinician' : 'device';
    const kind = known?.only ?? drawn;
    const good = {
      device: await goodToken(stage, turn.device.id, turn.device.thumbprint),
      clinician: clinicians.good,
    };
    const forge: TokenForge = {
      ...{ kind, random, ...own },
      header: { ...decodeProtectedHeader(good[kind]) },
      claims: { ...decodeJwt(good[kind]) },
      good: good[kind],
      ofAnother: kind === 'device' ? ofVictim : clinicians.ofAnother,
      ofOtherKind: good[kind === 'device' ? 'clinician' : 'device'],
      otherThumbprint: victim.thumbprint,
      ...signing(stage),
      nowS: Math.floor(Date.now() / 1_000),
    };
    const forged = known?.forge(forge) ?? { variant: kind, token: good[kind] };
    const inBand = kind === 'device' && forged.headers === undefined && random.below(3) === 0;
    turn.attempts.push({ name, kind, forged, good: good[kind], inBand });
  }
  return turns;
}

function signing({ keys }: AttackStage): Pick<TokenForge, 'signingKey' | 'publicKey' | 'jwks'> {
  const { signing: current, jwks } = keys.current(Date.now());
  return {
    signingKey: current.key,
    publicKey: createPublicKey(current.key.export({ format: 'pem', type: 'pkcs8' })),
    jwks: JSON.stringify(jwks),
  };
}

async function clinicianToken({ keys, issuer }: AttackStage, clinician: ClinicianId): Promise<string> {
  const { token } = await issueClinicianToken(keys, { clinician, issuer, ttlS: 3_600, now: Date.now() });
  return token;
}
