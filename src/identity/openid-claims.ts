import type { JWTPayload } from 'jose';
import { codeOf } from '../core/coded-error.ts';
import { clinicianId, ID_PATTERN, type PatientId, type WardId } from '../model/ids.ts';
import type { Role } from '../model/people.ts';
import type { ClinicianPrincipal, ClinicianScope } from './clinician-principal.ts';
import { IdentityError } from './identity-error.ts';
import { invalidToken } from './token-refusal.ts';

/** What the claims of the provider's tokens mean here. Claims by name, or by a path with dots. */
export interface OpenIdClaims {
  readonly subject: string;
  readonly role: string;
  /** Roles by value of the role claim; null: the registry gives the role. */
  readonly roles: ReadonlyMap<string, Role> | null;
  /** Both null: the registry gives wards and patients. */
  readonly wards: string | null;
  readonly patients: string | null;
}

/** Of several roles the first of these counts: whoever is to have another must not have those before it. */
const LEAST_FIRST: readonly Role[] = ['clinician', 'charge', 'admin'];
const idPattern = new RegExp(ID_PATTERN);

/**
 * Who the bearer of these verified claims is, and what they may do as far as the provider says it.
 * @throws IdentityError `token_invalid` without a subject, `role_forbidden` when no value of the role claim has a role
 */
export function principalOf(payload: JWTPayload, claims: OpenIdClaims): ClinicianPrincipal {
  return { id: subjectOf(payload, claims), role: roleOf(payload, claims), scope: scopeOf(payload, claims) };
}

function subjectOf(payload: JWTPayload, { subject }: OpenIdClaims): ClinicianPrincipal['id'] {
  const value = claimAt(payload, subject);
  if (typeof value !== 'string') throw invalidToken(`"${subject}" is missing`);
  try {
    return clinicianId(value);
  } catch (cause) {
    throw invalidToken(`"${subject}" is not a clinician id (${codeOf(cause)})`, cause);
  }
}

function roleOf(payload: JWTPayload, { role, roles }: OpenIdClaims): Role | null {
  if (roles === null) return null;
  const given = new Set(textsAt(payload, role).map((value) => roles.get(value)));
  const least = LEAST_FIRST.find((one) => given.has(one));
  if (least === undefined) {
    throw new IdentityError('role_forbidden', `no value of the claim "${role}" stands for a role here`);
  }
  return least;
}

function scopeOf(payload: JWTPayload, { wards, patients }: OpenIdClaims): ClinicianScope | null {
  if (wards === null && patients === null) return null;
  return { wards: idsAt<WardId>(payload, wards), patients: idsAt<PatientId>(payload, patients) };
}

/** Values that are no ids stand for nothing here. */
function idsAt<Id extends string>(payload: JWTPayload, claim: string | null): readonly Id[] {
  return claim === null ? [] : (textsAt(payload, claim).filter((value) => idPattern.test(value)) as Id[]);
}

function textsAt(payload: JWTPayload, claim: string): readonly string[] {
  const value = claimAt(payload, claim);
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

/** A claim of that very name (some are URLs, with dots), else by the path. Own members only. */
function claimAt(payload: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(payload, claim)) return payload[claim];
  let value: unknown = payload;
  for (const name of claim.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
