import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import type { FeedService } from '../feed/feed-service.ts';
import { mayWatch, visiblePatients } from '../identity/access-policy.ts';
import { ID_PATTERN, type PatientId } from '../model/ids.ts';
import { NEWS2_USES } from '../model/news2.ts';
import type { Patient } from '../model/people.ts';
import { SIGNAL_NAMES, SIGNALS } from '../model/signal.ts';
import { VITAL_NAMES, VITALS } from '../model/vital.ts';
import { PatientSnapshot } from '../protocol/feed-frames.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError, type TelemetryStore } from '../store/telemetry-store.ts';
import type { Authenticate } from './caller.ts';
import { MAX_ROWS, rangeOf, resolutionOf } from './history-range.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface PatientRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly feed: FeedService;
  readonly store: TelemetryStore;
  readonly clock: Clock;
}

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
/** The last millisecond that InfluxDB's clock of signed 64-bit nanoseconds can name: in the year 2262. */
const LAST_MS = 9_223_372_036_854;
const Instant = { minimum: 0, maximum: LAST_MS } as const;
const Range = {
  from: Type.Optional(
    Type.Integer({ ...Instant, description: 'Epoch ms, inclusive; default an hour before `to`.' }),
  ),
  to: Type.Optional(Type.Integer({ ...Instant, description: 'Epoch ms, exclusive; default now.' })),
};
const VitalsQuery = Type.Object({
  vital: Type.Enum([...VITAL_NAMES]),
  ...Range,
  resolution: Type.Optional(
    Type.String({ description: 'Bucket length such as 30s, 5m, 1h; without it, single values.' }),
  ),
});
const WaveformQuery = Type.Object({ signal: Type.Enum([...SIGNAL_NAMES]), ...Range });
const AlarmsQuery = Type.Object({
  ...Range,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 200 })),
});

const Value = Type.Object({ t: Type.Integer(), device: Type.String(), value: Type.Number() });
const Bucket = Type.Object({
  t: Type.Integer({ description: 'Start of the bucket, aligned to the epoch.' }),
  min: Type.Number(),
  mean: Type.Number(),
  max: Type.Number(),
  count: Type.Integer(),
});
const History = Type.Object({
  patient: Type.String(),
  vital: Type.String(),
  unit: Type.String({ description: 'UCUM.' }),
  from: Type.Integer(),
  to: Type.Integer(),
  truncated: Type.Boolean({ description: `There is more than the ${MAX_ROWS} rows given.` }),
  values: Type.Optional(Type.Array(Value)),
  buckets: Type.Optional(Type.Array(Bucket)),
});
const WaveformHistory = Type.Object({
  patient: Type.String(),
  signal: Type.String(),
  unit: Type.Union([Type.String(), Type.Null()]),
  from: Type.Integer(),
  to: Type.Integer(),
  truncated: Type.Boolean(),
  values: Type.Array(Type.Object({ t: Type.Number(), value: Type.Number() })),
});
const refused = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails, 503: ProblemDetails };

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['patients'], security: [{ bearer: [] }], ...parts };
}

/** A store that can't be reached is no fault of the caller's. */
async function fromStore<Rows>(rows: Promise<Rows>): Promise<Rows> {
  try {
    return await rows;
  } catch (cause) {
    if (cause instanceof StoreError)
      throw new ProblemError('store_unavailable', 'history can not be read at the moment', { cause });
    throw cause;
  }
}

/** Patients, their newest values, history and alarms over REST: only those in the caller's scope. */
export function addPatientRoutes(
  app: FastifyInstance,
  { authenticate, registry, feed, store, clock }: PatientRoutesOptions,
): void {
  /** Before anything of the request is looked at: a stranger learns nothing of what a route takes. */
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  /** Unknown patients and those of others look the same. */
  const visible = async (request: FastifyRequest): Promise<Patient> => {
    const { clinician } = await authenticate(request);
    const { id } = request.params as Static<typeof Params>;
    const patient = registry.patient(id as PatientId);
    if (!patient || !mayWatch(clinician, patient))
      throw new ProblemError('patient_forbidden', `patient ${id} is unknown or outside your scope`);
    return patient;
  };

  const listed = Type.Object({
    patients: Type.Array(
      Type.Object({
        id: Type.String(),
        ward: Type.String(),
        label: Type.String(),
        news2: Type.Enum([...NEWS2_USES], { description: 'Which NEWS2 the patient is scored by.' }),
      }),
    ),
  });
  app.get(
    '/v1/patients',
    {
      onRequest,
      schema: schema('Patients in the scope of the caller', { response: { 200: listed, ...refused } }),
    },
    async (request) => {
      const { clinician } = await authenticate(request);
      return { patients: visiblePatients(registry, clinician) };
    },
  );

  app.get(
    '/v1/patients/:id',
    {
      onRequest,
      schema: schema('Where a patient stands now', {
        params: Params,
        response: { 200: PatientSnapshot, ...refused },
      }),
    },
    async (request) => {
      const { id } = await visible(request);
      return feed.snapshot(id);
    },
  );

  app.get(
    '/v1/patients/:id/vitals',
    {
      onRequest,
      schema: schema('History of a vital, single values or buckets', {
        params: Params,
        querystring: VitalsQuery,
        response: { 200: History, ...refused },
      }),
    },
    async (request) => {
      const { id: patient } = await visible(request);
      const query = request.query as Static<typeof VitalsQuery>;
      const { from, to } = rangeOf(query, clock);
      const { vital } = query;
      const asked = { subject: { patient }, vital, from, to, limit: MAX_ROWS + 1 };
      const about = { patient, vital, unit: VITALS[vital].unit, from, to };
      if (query.resolution !== undefined) {
        const buckets = await fromStore(
          store.buckets({ ...asked, resolutionMs: resolutionOf(query.resolution, from, to) }),
        );
        return { ...about, truncated: buckets.length > MAX_ROWS, buckets: buckets.slice(0, MAX_ROWS) };
      }
      const values = await fromStore(store.values(asked));
      return { ...about, truncated: values.length > MAX_ROWS, values: values.slice(0, MAX_ROWS) };
    },
  );

  app.get(
    '/v1/patients/:id/waveforms',
    {
      onRequest,
      schema: schema('A stretch of a trace', {
        params: Params,
        querystring: WaveformQuery,
        response: { 200: WaveformHistory, ...refused },
      }),
    },
    async (request) => {
      const { id: patient } = await visible(request);
      const query = request.query as Static<typeof WaveformQuery>;
      const { from, to } = rangeOf(query, clock);
      const values = await fromStore(
        store.waveform({ subject: { patient }, signal: query.signal, from, to, limit: MAX_ROWS + 1 }),
      );
      return {
        patient,
        signal: query.signal,
        unit: SIGNALS[query.signal].unit,
        from,
        to,
        truncated: values.length > MAX_ROWS,
        values: values.slice(0, MAX_ROWS),
      };
    },
  );

  const alarms = Type.Object({
    alarms: Type.Array(Type.Unknown({ title: 'Alarm', description: 'An alarm: docs/protocol.md, "Alarm".' })),
  });
  app.get(
    '/v1/patients/:id/alarms',
    {
      onRequest,
      schema: schema('Alarms whose life overlaps the range, newest onset first', {
        params: Params,
        querystring: AlarmsQuery,
        response: { 200: alarms, ...refused },
      }),
    },
    async (request) => {
      const { id } = await visible(request);
      const query = request.query as Static<typeof AlarmsQuery>;
      const { from, to } = rangeOf(query, clock);
      return { alarms: await feed.alarms(id, from, to, query.limit ?? 200) };
    },
  );
}
