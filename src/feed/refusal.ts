import type { ErrorCode } from '../protocol/error-codes.ts';

/** Why a command of the feed was not carried out. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}
