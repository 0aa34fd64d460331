import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { HourlyRate } from '../core/hourly-rate.ts';
import { mayBreakGlass, mayWatch } from '../identity/access-policy.ts';
import { liveGrant } from '../identity/break-glass.ts';
import { ownStandingOf } from '../identity/clinician-principal.ts';
import { grantId, ID_PATTERN, type PatientId } from '../model/ids.ts';
import { type AccessGrant, GRANT_REASON_LENGTH, MAX_GRANT_MS } from '../model/people.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Log } from '../observe/log.ts';
import type { Registry } from '../registry/registry.ts';
import { checkReason } from '../registry/registry-checks.ts';
import type { Authenticate, Caller } from './caller.ts';
import { errorCodeOf, isDenial, ProblemDetails, ProblemError } from './problem-details.ts';

export interface BreakGlassRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
}

/** Enough for an emergency on a ward that is not one's own; few enough that nobody learns who is here by trying ids. */
export const BREAK_GLASS_PER_HOUR = 20;
const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 60;
const PATH = '/v1/patients/:id/break-glass';

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Body = Type.Object(
  {
    reason: Type.String({
      minLength: GRANT_REASON_LENGTH.least,
      maxLength: GRANT_REASON_LENGTH.most,
      description: "Why, in one line: shown to whoever watches the patient, and kept. No patient's name.",
    }),
    minutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_GRANT_MS / MINUTE_MS, default: DEFAULT_MINUTES }),
    ),
  },
  { additionalProperties: false },
);
const Grant = Type.Object({
  id: Type.String(),
  clinician: Type.String(),
  patient: Type.String(),
  reason: Type.String(),
  from: Type.Integer({ description: 'Epoch ms.' }),
  until: Type.Integer({ description: 'Epoch ms.' }),
});
const common = { tags: ['patients'], security: [{ bearer: [] }], params: Params };
const grantSchema = {
  ...common,
  summary: 'Access to a patient outside the scope of the caller, for a reason and a time',
  body: Body,
  response: {
    201: Grant,
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    404: ProblemDetails,
    409: ProblemDetails,
    429: ProblemDetails,
  },
};
const endSchema = {
  ...common,
  summary: 'Gives that access up before its time',
  response: {
    204: Type.Null(),
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    404: ProblemDetails,
  },
};

function reasonOf(body: Static<typeof Body>): string {
  try {
    return checkReason(body.reason);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw new ProblemError('invalid_request', cause.message, { cause });
  }
}

/**
 * Break-glass access over REST. Unlike elsewhere a patient outside the scope is admitted on purpose, and an unknown id
 * says that it is unknown: how many are tried is bounded, and every attempt is on record.
 */
export function addBreakGlassRoutes(app: FastifyInstance, options: BreakGlassRoutesOptions): void {
  const { authenticate, registry, clock, log, audit } = options;
  const rate = new HourlyRate(BREAK_GLASS_PER_HOUR);
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  /** The trail tells of its own failure, and nobody is kept from a patient by it: the registry has the grant, too. */
  const record = ({ principal }: Caller, act: AuditAct): Promise<void> =>
    audit.trail.record({ actor: { kind: 'clinician', id: principal.id }, ...act }).catch(() => undefined);

  /** Denials are on record already; here every other refusal is. */
  const errorHandler = (error: Error, request: FastifyRequest): never => {
    const code = errorCodeOf(error) ?? 'internal_error';
    if (!isDenial(code)) {
      const { id } = request.params as Static<typeof Params>;
      const tried = code === 'not_found' ? { reason: id } : {};
      audit.denied(request, { code, where: PATH, address: request.ip, ...tried });
    }
    throw error;
  };

  app.post(
    PATH,
    { onRequest, errorHandler, schema: grantSchema },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await authenticate(request);
      const { principal, clinician } = caller;
      const id = (request.params as Static<typeof Params>).id as PatientId;
      const body = request.body as Static<typeof Body>;
      if (!mayBreakGlass(clinician))
        throw new ProblemError('role_forbidden', `role ${clinician.role} sees no patients`);
      const reason = reasonOf(body);
      const patient = registry.patient(id);
      const own = ownStandingOf(registry, principal);
      if (own && patient && mayWatch(own, patient))
        throw new ProblemError('already_in_scope', `patient ${id} is in your scope`);
      const waitS = Math.ceil(rate.take(principal.id, clock.monotonic()) / 1_000);
      if (waitS > 0) {
        reply.header('retry-after', waitS);
        throw new ProblemError('rate_exceeded', `more than ${BREAK_GLASS_PER_HOUR} an hour: wait ${waitS} s`);
      }
      if (!patient) throw new ProblemError('not_found', `there is no patient ${id}`);

      const { minutes = DEFAULT_MINUTES } = body;
      const from = clock.now();
      const grant: AccessGrant = {
        id: grantId(randomUUID()),
        clinician: principal.id,
        patient: id,
        reason,
        from,
        until: from + minutes * MINUTE_MS,
      };
      await registry.grantAccess(grant);
      log.warn({ event: 'break_glass', clinician: principal.id, minutes }, 'break-glass access');
      const details = { grant: grant.id, minutes, reason, until: new Date(grant.until).toISOString() };
      await record(caller, { action: 'break_glass', subject: id, details });
      return reply.code(201).header('cache-control', 'no-store').send(grant);
    },
  );

  app.delete(PATH, { onRequest, schema: endSchema }, async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = await authenticate(request);
    const { id } = request.params as Static<typeof Params>;
    const now = clock.now();
    const grant = liveGrant(registry, caller.principal.id, id as PatientId, now);
    if (!grant) throw new ProblemError('not_found', `you have no break-glass access to patient ${id}`);
    await registry.endAccess(grant.id, now);
    await record(caller, { action: 'break_glass_ended', subject: id, details: { grant: grant.id } });
    return reply.code(204).send();
  });
}
