import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { HourlyRate } from '../core/hourly-rate.ts';
import type { Clinician } from '../model/people.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Authenticate, Caller } from './caller.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

/** Changes of devices, patients and people that one person may make: each is a commit, and looked at by every session. */
export const ADMIN_CHANGES_PER_HOUR = 1_200;

export interface AdminDoorOptions {
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'trail'>;
}

/** How routes that are for some roles let people in, and put on record what these do. */
export interface AdminDoor {
  /**
   * A hook that turns others away, before anything of what they sent is looked at; `enter` and `enterToChange` ask the
   * same again, of how the person stands by then.
   */
  only(may: (clinician: Clinician) => boolean, what: string): (request: FastifyRequest) => Promise<void>;
  enter(request: FastifyRequest): Promise<Caller>;
  /** As `enter`, for a request that changes something. @throws ProblemError `rate_exceeded` */
  enterToChange(request: FastifyRequest, reply: FastifyReply): Promise<Caller>;
  /** The trail tells of its own failure: what was done stays done. */
  record(caller: Caller, act: AuditAct): Promise<void>;
  /** As `record`, for what is given out only once it is on record, or is sure to be. @throws CodedError `audit_*` */
  recordFirst(caller: Caller, act: AuditAct): Promise<void>;
}

/** One for all routes of a listener, so that the rate is one. */
export function adminDoor({ authenticate, clock, audit }: AdminDoorOptions): AdminDoor {
  const rate = new HourlyRate(ADMIN_CHANGES_PER_HOUR);
  const recorded = ({ principal }: Caller, act: AuditAct): Promise<void> =>
    audit.trail.record({ actor: { kind: 'clinician', id: principal.id }, ...act });
  const rules = new WeakMap<FastifyRequest, (clinician: Clinician) => void>();
  const enter = async (request: FastifyRequest): Promise<Caller> => {
    const caller = await authenticate(request);
    rules.get(request)?.(caller.clinician);
    return caller;
  };
  return {
    only: (may, what) => async (request) => {
      rules.set(request, (clinician) => {
        if (!may(clinician)) throw new ProblemError('role_forbidden', `role ${clinician.role} ${what}`);
      });
      await enter(request);
    },
    enter,
    async enterToChange(request, reply) {
      const caller = await enter(request);
      const waitS = Math.ceil(rate.take(caller.principal.id, clock.monotonic()) / 1_000);
      if (waitS === 0) return caller;
      reply.header('retry-after', waitS);
      const message = `you made more than ${ADMIN_CHANGES_PER_HOUR} changes within an hour: wait ${waitS} s`;
      throw new ProblemError('rate_exceeded', message);
    },
    record: (caller, act) => recorded(caller, act).catch(() => undefined),
    recordFirst: (caller, act) =>
      recorded(caller, act).catch((cause: unknown) => {
        if (codeOf(cause) !== 'audit_delayed') throw cause;
      }),
  };
}

/** What any of these routes may be refused with. */
export const REFUSED = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails };
export const CHANGE_REFUSED = { ...REFUSED, 404: ProblemDetails, 409: ProblemDetails, 429: ProblemDetails };
