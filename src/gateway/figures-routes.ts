import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { FIGURES_RETRY_AFTER_S, type WardFigures } from '../feed/ward-figures.ts';
import { mayWatch, visiblePatients } from '../identity/access-policy.ts';
import { ID_PATTERN, type PatientId } from '../model/ids.ts';
import type { Priority } from '../model/limit.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authenticate } from './caller.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface FiguresRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly figures: WardFigures;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const MAX_SPAN_MS = 31 * DAY_MS;

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Query = Type.Object({
  from: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Epoch ms, inclusive; default 24 h before `to`.' }),
  ),
  to: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Epoch ms, exclusive; default now, and no later than now.' }),
  ),
});
const Count = Type.Integer({ minimum: 0 });
const PriorityFigures = Type.Object({
  count: Count,
  share: Type.Number({ description: 'Of all annunciations of the kind, 0 to 1.' }),
  acknowledged: Count,
  ack_median_ms: Type.Union([Type.Number(), Type.Null()], {
    description: 'From raising to the first acknowledgement; null: none was acknowledged.',
  }),
});
const KindFigures = Type.Object({
  annunciations: Count,
  per_patient_day: Type.Number(),
  by_priority: Type.Object({
    low: PriorityFigures,
    medium: PriorityFigures,
    high: PriorityFigures,
  } satisfies Record<Priority, unknown>),
});
const KeyFigures = {
  from: Type.Integer(),
  to: Type.Integer(),
  patients: Type.Integer({ description: 'Patients counted: those of the ward that the caller may see.' }),
  physiological: KindFigures,
  technical: KindFigures,
  floods: Type.Object(
    { count: Count, ms: Count },
    { description: 'From 10 annunciations in 10 min on, until fewer than 5 are left in 10 min.' },
  ),
  chattering: Type.Integer({ description: 'Conditions that came 3 times or more within a minute.' }),
  stale: Type.Integer({ description: 'Alarms that lived for more than 24 h.' }),
  unattended: Count,
  escalated: Count,
  reminded: Type.Integer({ description: 'Acknowledged alarms that alerted again.' }),
  top_conditions: Type.Array(
    Type.Object({
      condition: Type.String(),
      kind: Type.Enum(['physiological', 'technical']),
      annunciations: Count,
      share: Type.Number(),
    }),
  ),
  truncated: Type.Boolean({
    description: 'There was more in the log than is counted: ask for a shorter range.',
  }),
};
const OfWard = Type.Object({
  ward: Type.String(),
  whole_ward: Type.Boolean({
    description: 'False: patients outside the scope of the caller are not counted.',
  }),
  ...KeyFigures,
});
const OfPatient = Type.Object({ patient: Type.String(), ...KeyFigures });
const refused = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails, 503: ProblemDetails };

/** The last 24 h unless the query says otherwise. @throws ProblemError `invalid_request` */
function rangeOf(query: Static<typeof Query>, clock: Clock): { readonly from: number; readonly to: number } {
  const to = Math.min(query.to ?? Number.POSITIVE_INFINITY, clock.now() + 1);
  const from = query.from ?? Math.max(0, to - DAY_MS);
  if (from >= to) throw new ProblemError('invalid_request', `from ${from} must be before to ${to}`);
  if (to - from > MAX_SPAN_MS)
    throw new ProblemError('invalid_request', `from ${from} to ${to} is more than 31 days: ask for fewer`);
  return { from, to };
}

/** Key figures of alarms (ISA-18.2, clinical rule 10) over REST: of a ward, or of a patient. */
export function addFiguresRoutes(
  app: FastifyInstance,
  { authenticate, registry, figures, clock }: FiguresRoutesOptions,
): void {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  const schema = (summary: string, tag: string, answer: unknown) => ({
    ...{ summary, tags: [tag], security: [{ bearer: [] }], params: Params, querystring: Query },
    response: { 200: answer, ...refused },
  });
  const count = async (reply: FastifyReply, patients: readonly PatientId[], query: unknown) => {
    const range = rangeOf(query as Static<typeof Query>, clock);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    try {
      return await figures.of(patients, range, gone.signal);
    } catch (cause) {
      if (codeOf(cause) === 'figures_busy') reply.header('retry-after', FIGURES_RETRY_AFTER_S);
      throw cause;
    }
  };

  app.get(
    '/v1/wards/:id/key-figures',
    { onRequest, schema: schema('Key figures of the alarms of a ward (ISA-18.2)', 'wards', OfWard) },
    async (request, reply) => {
      const { clinician } = await authenticate(request);
      const { id } = request.params as Static<typeof Params>;
      const patients = visiblePatients(registry, clinician).filter(({ ward }) => ward === id);
      const wholeWard = clinician.role !== 'admin' && clinician.wards.some((ward) => ward === id);
      if (!wholeWard && patients.length === 0)
        throw new ProblemError('ward_forbidden', `ward ${id} is unknown or outside your scope`);
      const ids = patients.map((patient) => patient.id);
      const found = await count(reply, ids, request.query);
      return { ward: id, whole_ward: wholeWard, ...found };
    },
  );

  app.get(
    '/v1/patients/:id/key-figures',
    { onRequest, schema: schema('Key figures of the alarms of a patient (ISA-18.2)', 'patients', OfPatient) },
    async (request, reply) => {
      const { clinician } = await authenticate(request);
      const id = (request.params as Static<typeof Params>).id as PatientId;
      const patient = registry.patient(id);
      if (!patient || !mayWatch(clinician, patient))
        throw new ProblemError('patient_forbidden', `patient ${id} is unknown or outside your scope`);
      return { patient: id, ...(await count(reply, [id], request.query)) };
    },
  );
}
