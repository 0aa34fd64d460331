import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock, EpochMs } from '../core/clock.ts';
import { type News2HistorySources, readNews2History } from '../feed/news2-history-reader.ts';
import { WaitingLine } from '../feed/waiting-line.ts';
import { ID_PATTERN } from '../model/ids.ts';
import { NEWS2_USES } from '../model/news2.ts';
import { ShownNews2, shownNews2 } from '../protocol/observation-fields.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError } from '../store/telemetry-store.ts';
import type { Authenticate } from './caller.ts';
import { lengthOf } from './history-range.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface News2HistoryRoutesOptions extends News2HistorySources {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly clock: Clock;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MAX_SPAN_MS = 7 * DAY_MS;
/** Scores that one answer may hold. */
const MAX_STEPS = 200;
/** Steps that are chosen from when none is asked for: each divides an hour. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60].map((minutes) => minutes * MINUTE_MS);
/** Who asks waits for whoever is answered: the store has others to serve. */
const MAX_WAITING = 8;
const RETRY_AFTER_S = 5;

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Query = Type.Object({
  from: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Epoch ms, inclusive; default 24 h before `to`.' }),
  ),
  to: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Epoch ms, exclusive; default now, and no later than now.' }),
  ),
  step: Type.Optional(
    Type.String({
      description:
        'Time between two scores, such as 5m or 1h, at least 1m; default the shortest of 1, 2, 5, 10, 15, 30 and 60 min that gives at most 200.',
    }),
  ),
});
const History = Type.Object({
  patient: Type.String(),
  from: Type.Integer(),
  to: Type.Integer(),
  step_ms: Type.Integer(),
  use: Type.Enum([...NEWS2_USES], {
    description: 'By which the patient is scored now, and every score here; `off`: there is none.',
  }),
  truncated: Type.Boolean({
    description: 'There is more than is looked through, and what was entered first is left out.',
  }),
  steps: Type.Array(
    Type.Object({
      t: Type.Integer({ description: 'Server time, a multiple of the step; the ages are counted from it.' }),
      ...ShownNews2.properties,
    }),
    { description: 'Oldest first.' },
  ),
});
const schema = {
  summary: 'NEWS2 over time with all it is made of',
  description: [
    'Scored anew from what is stored, by the scale of now: what was sent or entered later than it was measured counts from',
    'when it was measured, so that a score here may be one that nobody saw at the time.',
  ].join(' '),
  tags: ['patients'],
  security: [{ bearer: [] }],
  params: Params,
  querystring: Query,
  response: {
    200: History,
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    503: ProblemDetails,
  },
};

/** What is asked for, and at which times. @throws ProblemError `invalid_request` */
function stepsOf({ from: begin, to: end, step }: Static<typeof Query>, clock: Clock) {
  const to = Math.min(end ?? Number.POSITIVE_INFINITY, clock.now() + 1);
  const from = begin ?? Math.max(0, to - DAY_MS);
  if (from >= to) throw new ProblemError('invalid_request', `from ${from} must be before to ${to}`);
  if (to - from > MAX_SPAN_MS)
    throw new ProblemError('invalid_request', `from ${from} to ${to} is more than 7 days: ask for fewer`);
  const fitting = STEPS_MS.find((ms) => (to - from) / ms <= MAX_STEPS) ?? DAY_MS;
  const stepMs = step === undefined ? fitting : lengthOf(step, 'step');
  if (stepMs < MINUTE_MS) throw new ProblemError('invalid_request', `step ${step} must be at least 1m`);
  if ((to - from) / stepMs > MAX_STEPS)
    throw new ProblemError(
      'invalid_request',
      `step ${step} gives more than ${MAX_STEPS} scores: ask for a longer one or a shorter range`,
    );
  const times: EpochMs[] = [];
  for (let t = Math.ceil(from / stepMs) * stepMs; t < to; t += stepMs) times.push(t);
  return { from, to, stepMs, times };
}

/** NEWS2 over time, for whoever may watch the patient. */
export function addNews2HistoryRoutes(app: FastifyInstance, options: News2HistoryRoutesOptions): void {
  const { authenticate, registry, clock } = options;
  const line = new WaitingLine(MAX_WAITING);
  // Closing waits for the requests under way.
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  app.get(
    '/v1/patients/:id/news2/history',
    { onRequest, schema },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { clinician } = await authenticate(request);
      const { id } = request.params as Static<typeof Params>;
      const { id: patient, news2: use } = patientInScope(registry, clinician, id);
      const { times, stepMs, ...range } = stepsOf(request.query as Static<typeof Query>, clock);
      if (line.full) {
        reply.header('retry-after', RETRY_AFTER_S);
        throw new ProblemError(
          'history_busy',
          `${MAX_WAITING} wait for scores over time already: come back in ${RETRY_AFTER_S} s`,
        );
      }
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      try {
        const signal = AbortSignal.any([gone.signal, stopping.signal]);
        const read = () => readNews2History(options, { patient, use, times }, signal);
        const { steps, truncated } = await line.run(read);
        return {
          ...{ patient, ...range, step_ms: stepMs, use, truncated },
          steps: steps.map(({ t, news2 }) => ({ t, ...shownNews2(news2, t) })),
        };
      } catch (cause) {
        if (!(cause instanceof StoreError)) throw cause;
        throw new ProblemError('store_unavailable', 'history can not be read at the moment', { cause });
      }
    },
  );
}
