import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { type ObservationPort, observe } from '../feed/observe.ts';
import { ID_PATTERN, type PatientId } from '../model/ids.ts';
import { MAX_OBSERVATION_AGE_MS } from '../model/observation.ts';
import {
  ObservationEntryFields,
  ObservationFields,
  ShownNews2,
  shownNews2,
} from '../protocol/observation-fields.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError, type TelemetryStore } from '../store/telemetry-store.ts';
import type { Authenticate } from './caller.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface ObservationRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly observations: ObservationPort;
  readonly store: Pick<TelemetryStore, 'observations'>;
  readonly clock: Clock;
}

const MAX_LISTED = 200;

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Body = Type.Object(ObservationEntryFields, { additionalProperties: false });
const Query = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LISTED, default: 50 })),
});
const Entered = Type.Object(ObservationFields);
const Listed = Type.Object({
  observations: Type.Array(Entered, { description: 'Of the last 24 h, the last entered first.' }),
});
const Score = Type.Object({
  patient: Type.String(),
  time: Type.Integer({ description: 'Server time the ages are counted from.' }),
  ...ShownNews2.properties,
});
const refused = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails, 503: ProblemDetails };

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['patients'], security: [{ bearer: [] }], params: Params, ...parts };
}

/** Observations entered by hand, and NEWS2, over REST. */
export function addObservationRoutes(app: FastifyInstance, options: ObservationRoutesOptions): void {
  const { authenticate, registry, observations, store, clock } = options;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  const patientOf = async (request: FastifyRequest): Promise<PatientId> => {
    const { clinician } = await authenticate(request);
    return patientInScope(registry, clinician, (request.params as Static<typeof Params>).id).id;
  };
  const path = '/v1/patients/:id/observations';

  app.post(
    path,
    {
      onRequest,
      schema: schema('Enters what was observed or measured by hand', {
        body: Body,
        response: { 201: Entered, ...refused, 429: ProblemDetails },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { clinician } = await authenticate(request);
      const patient = (request.params as Static<typeof Params>).id as PatientId;
      const entry = { patient, ...(request.body as Static<typeof Body>) };
      const outcome = await observe(options, () => clinician, entry);
      if ('code' in outcome && outcome.retryAfterS !== undefined)
        reply.header('retry-after', outcome.retryAfterS);
      if ('code' in outcome) throw new ProblemError(outcome.code, outcome.message);
      return reply.code(201).header('cache-control', 'no-store').send(outcome);
    },
  );

  app.get(
    path,
    {
      onRequest,
      schema: schema('What was entered by hand, observed within 24 h', {
        querystring: Query,
        response: { 200: Listed, ...refused },
      }),
    },
    async (request) => {
      const patient = await patientOf(request);
      const { limit = 50 } = request.query as Static<typeof Query>;
      const now = clock.now();
      const range = { from: now - MAX_OBSERVATION_AGE_MS, to: now + 1 };
      try {
        return { observations: await store.observations({ patient, ...range, limit }) };
      } catch (cause) {
        if (!(cause instanceof StoreError)) throw cause;
        throw new ProblemError('store_unavailable', 'observations can not be read at the moment', { cause });
      }
    },
  );

  app.get(
    '/v1/patients/:id/news2',
    {
      onRequest,
      schema: schema('NEWS2 with all it is made of; or what it lacks, and no number', {
        response: { 200: Score, ...refused },
      }),
    },
    async (request) => {
      const patient = await patientOf(request);
      const time = clock.now();
      return { patient, time, ...shownNews2(observations.news2(patient), time) };
    },
  );
}
