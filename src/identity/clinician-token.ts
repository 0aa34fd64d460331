import type { EpochMs } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { type ClinicianId, clinicianId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { type IssuedToken, signAccessToken, verifyAccessToken } from './access-token.ts';
import { admitPrincipal, registeredPrincipal } from './clinician-principal.ts';
import { IdentityError } from './identity-error.ts';
import type { TokenKeySchedule } from './token-keys.ts';

const AUDIENCE = 'vitalwire:clinician';

/** A token that says who somebody is. What they may do is read from the registry at every use. */
export function issueClinicianToken(
  keys: TokenKeySchedule,
  request: {
    readonly clinician: ClinicianId;
    readonly issuer: string;
    readonly ttlS: number;
    readonly now: EpochMs;
  },
): Promise<IssuedToken> {
  const { clinician, ...rest } = request;
  return signAccessToken(keys, { ...rest, audience: AUDIENCE, subject: clinician });
}

/** @throws IdentityError `token_missing`, `token_invalid`, `token_expired` */
export async function verifyClinicianToken(
  keys: TokenKeySchedule,
  token: string,
  expected: { readonly issuer: string; readonly now: EpochMs },
): Promise<{ readonly clinician: ClinicianId; readonly expires: EpochMs }> {
  const { subject, expires } = await verifyAccessToken(keys, token, { ...expected, audience: AUDIENCE });
  try {
    return { clinician: clinicianId(subject), expires };
  } catch (cause) {
    throw new IdentityError('token_invalid', `"sub" is not a clinician id (${codeOf(cause)})`, { cause });
  }
}

/**
 * The clinician as the registry has them at `now`.
 * @throws IdentityError `clinician_unknown`, `clinician_inactive`
 */
export function admitClinician(registry: Registry, id: ClinicianId, now: EpochMs): Clinician {
  return admitPrincipal(registry, registeredPrincipal(id), now);
}
