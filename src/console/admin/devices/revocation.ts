import type { RevocationReason } from '../../../model/people.ts';

/** Why a person may revoke (RFC 5280 5.3.1): `superseded` is for a certificate that was replaced, by the server alone. */
export const OFFERED_REASONS = [
  'cessationOfOperation',
  'keyCompromise',
  'affiliationChanged',
  'privilegeWithdrawn',
  'cACompromise',
  'unspecified',
] as const satisfies readonly RevocationReason[];
export type OfferedReason = (typeof OFFERED_REASONS)[number];
