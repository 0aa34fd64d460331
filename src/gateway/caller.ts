import type { FastifyRequest } from 'fastify';
import type { EpochMs } from '../core/clock.ts';
import type { ClinicianPrincipal } from '../identity/clinician-principal.ts';
import type { ConsoleSession } from '../model/console-session.ts';
import type { Clinician } from '../model/people.ts';

/** A person whose token, or session of the console, held, and until when it does. */
export interface Caller {
  readonly principal: ClinicianPrincipal;
  /** What they are and may see, as of now. */
  readonly clinician: Clinician;
  readonly tokenExpires: EpochMs;
  /** Null: a bearer token says who they are. */
  readonly session: ConsoleSession | null;
}

/** Finds out who asks. @throws IdentityError, ProblemError `token_missing` */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;
