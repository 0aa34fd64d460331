import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { HourlyRate } from '../core/hourly-rate.ts';
import { mayChangeLimits, maySeeLimits, mayWatch } from '../identity/access-policy.ts';
import { DEFAULT_LIMITS } from '../model/default-limits.ts';
import { explainedLimits, inCatalogue } from '../model/explained-limits.ts';
import { ID_PATTERN, type PatientId, type WardId } from '../model/ids.ts';
import { targetKey } from '../model/limit.ts';
import type { LimitChoice, LimitOverride, LimitScope } from '../model/limit-override.ts';
import { limitTargetOf, scopeText } from '../model/limit-target.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import { chosenOf, effectiveAnswer, scopeAnswer, scopedAnswer } from '../registry/limit-answer.ts';
import { limitChoiceOf } from '../registry/limit-checks.ts';
import { changeLimits, chosenIn } from '../registry/limit-record.ts';
import type { Registry } from '../registry/registry.ts';
import { asAsked } from './as-asked.ts';
import type { Authenticate, Caller } from './caller.ts';
import { EffectiveLimitsAnswer, LimitReason, LimitsBody, ScopedLimit, ScopedLimits } from './limit-schema.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface LimitRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'trail'>;
}

/** Changes that one person may make: each is kept and judged by at once. */
export const LIMIT_CHANGES_PER_HOUR = 600;

const Id = Type.String({ pattern: ID_PATTERN });
const TargetText = Type.String({
  maxLength: 64,
  description: 'Such as `spo2:low`: docs/protocol.md, "Limits".',
});
/** The scopes by their paths. */
const SCOPES = [
  { path: '/v1/limits/default', of: 'for everyone', scope: (): LimitScope => ({ kind: 'default' }) },
  {
    path: '/v1/limits/ward/:id',
    of: 'of a ward',
    scope: (id: string): LimitScope => ({ kind: 'ward', ward: id as WardId }),
  },
  {
    path: '/v1/limits/patient/:id',
    of: 'of a patient',
    scope: (id: string): LimitScope => ({ kind: 'patient', patient: id as PatientId }),
  },
] as const;
const refused = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails };
const ReasonQuery = Type.Object({ reason: Type.Optional(LimitReason) });
const ReasonBody = Type.Union([
  Type.Object({ reason: LimitReason }, { additionalProperties: false }),
  Type.Null({ description: 'No body: `reason` in the query.' }),
]);

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['limits'], security: [{ bearer: [] }], ...parts };
}

/** Limits as data over REST (clinical rule 1): what is chosen in each scope, and what is in force for a patient. */
export function addLimitRoutes(
  app: FastifyInstance,
  { authenticate, registry, clock, audit }: LimitRoutesOptions,
): void {
  const rate = new HourlyRate(LIMIT_CHANGES_PER_HOUR);
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  /** @throws ProblemError `rate_exceeded` */
  const limitRate = ({ principal }: Caller, reply: FastifyReply): void => {
    const waitS = Math.ceil(rate.take(principal.id, clock.monotonic()) / 1_000);
    if (waitS === 0) return;
    reply.header('retry-after', waitS);
    const message = `limits were changed more than ${LIMIT_CHANGES_PER_HOUR} times within an hour: wait ${waitS} s`;
    throw new ProblemError('rate_exceeded', message);
  };

  /** @throws ProblemError unless the caller may read the scope's limits */
  const readable = ({ clinician }: Caller, scope: LimitScope): void => {
    if (scope.kind === 'patient') patientInScope(registry, clinician, scope.patient);
    else if (!maySeeLimits(clinician, scope))
      throw new ProblemError('ward_forbidden', `${scopeText(scope)} is outside your scope`);
  };
  /** @throws ProblemError unless the caller may change them */
  const changeable = (caller: Caller, scope: LimitScope): void => {
    readable(caller, scope);
    const patient = scope.kind === 'patient' ? registry.patient(scope.patient) : undefined;
    if (mayChangeLimits(caller.clinician, scope, patient)) return;
    const who = scope.kind === 'default' ? 'an admin' : 'a charge nurse of the ward';
    const message = `limits of ${scopeText(scope)} are changed by ${who}, not by role ${caller.clinician.role} here`;
    throw new ProblemError('role_forbidden', message);
  };
  /** A refusal as the caller may know it: an admin does not learn what is chosen for a patient, nor for whom. */
  const toldTo = ({ clinician }: Caller, choice: LimitChoice, scope: LimitScope, cause: unknown): unknown => {
    const id = cause instanceof CodedError && cause.code === 'limits_invalid' && cause.details.patient;
    const patient = typeof id === 'string' ? registry.patient(id as PatientId) : undefined;
    if (!patient || mayWatch(clinician, patient)) return cause;
    const message = `${scopeText(scope)}, ${targetKey(choice)}: does not go with what is chosen for a patient outside your scope: have a charge nurse of their ward change that first, or choose limits further out`;
    return new ProblemError('limits_invalid', message, { cause });
  };
  const change = async (
    caller: Caller,
    scope: LimitScope,
    choice: LimitChoice,
    reason: string,
  ): Promise<LimitOverride> => {
    const { principal } = caller;
    const made = { scope, changed_by: principal.id, changed_at: clock.now(), reason };
    const { entry, act } = await asAsked(() => changeLimits(registry, choice, made)).catch((cause) => {
      throw toldTo(caller, choice, scope, cause);
    });
    // The trail tells of its own failure; the registry has who, when and why, too.
    await audit.trail
      .record({ actor: { kind: 'clinician', id: principal.id }, ...act })
      .catch(() => undefined);
    return entry;
  };

  for (const { path, of, scope: scopeOf } of SCOPES) {
    const params = path.endsWith(':id') ? { id: Id } : {};
    const asked = (request: FastifyRequest): LimitScope =>
      scopeOf((request.params as { readonly id?: string }).id ?? '');
    const targeted = (request: FastifyRequest): string =>
      (request.params as { readonly target: string }).target;

    app.get(
      path,
      {
        onRequest,
        schema: schema(`Limits chosen ${of}: by whom, when and why`, {
          params: Type.Object(params),
          response: { 200: ScopedLimits, ...refused },
        }),
      },
      async (request) => {
        const scope = asked(request);
        readable(await authenticate(request), scope);
        const chosen = chosenOf(registry.limitOverrides(), scope).toSorted(inCatalogue);
        return { scope: scopeAnswer(scope), limits: chosen.map(scopedAnswer) };
      },
    );

    app.put(
      `${path}/:target`,
      {
        onRequest,
        schema: schema(`Chooses the limits of one target ${of}; they apply at once`, {
          params: Type.Object({ ...params, target: TargetText }),
          body: LimitsBody,
          response: { 200: ScopedLimit, ...refused, 422: ProblemDetails, 429: ProblemDetails },
        }),
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const scope = asked(request);
        changeable(caller, scope);
        limitRate(caller, reply);
        const { tiers, reason } = request.body as LimitsBody;
        const choice = await asAsked(() => limitChoiceOf(targeted(request), tiers));
        return scopedAnswer(await change(caller, scope, choice, reason));
      },
    );

    app.delete(
      `${path}/:target`,
      {
        onRequest,
        schema: schema(`Chooses no limits of one target ${of} any more: the wider scope applies`, {
          params: Type.Object({ ...params, target: TargetText }),
          querystring: ReasonQuery,
          body: ReasonBody,
          response: {
            204: Type.Null(),
            ...refused,
            404: ProblemDetails,
            422: ProblemDetails,
            429: ProblemDetails,
          },
        }),
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const scope = asked(request);
        changeable(caller, scope);
        limitRate(caller, reply);
        const body = request.body as Static<typeof ReasonBody>;
        const reason = body?.reason ?? (request.query as Static<typeof ReasonQuery>).reason;
        if (reason === undefined)
          throw new ProblemError('invalid_request', 'reason is missing: say why, in the body or the query');
        const target = limitTargetOf(targeted(request));
        const choice: LimitChoice = { ...target, tiers: null };
        if (!chosenIn(registry, { ...choice, scope }))
          throw new ProblemError(
            'not_found',
            `${targeted(request)} is not chosen for ${scopeText(scope)}: a wider scope applies`,
          );
        await change(caller, scope, choice, reason);
        return reply.code(204).send();
      },
    );
  }

  app.get(
    '/v1/patients/:id/limits',
    {
      onRequest,
      schema: schema('Limits in force for a patient: where each comes from, and what it hides', {
        params: Type.Object({ id: Id }),
        response: { 200: EffectiveLimitsAnswer, ...refused },
      }),
    },
    async (request) => {
      const { clinician } = await authenticate(request);
      const { id, ward } = patientInScope(registry, clinician, (request.params as { id: string }).id);
      const explained = explainedLimits(DEFAULT_LIMITS, registry.limitOverrides(), id, ward);
      return { patient: id, ward, limits: explained.map(effectiveAnswer) };
    },
  );
}
