import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { BACKTEST_RETRY_AFTER_S, type Backtests } from '../feed/backtests.ts';
import { DEFAULT_EPISODES } from '../model/backtest.ts';
import { ID_PATTERN } from '../model/ids.ts';
import { limitChoiceOf } from '../registry/limit-checks.ts';
import type { Registry } from '../registry/registry.ts';
import { StoreError } from '../store/telemetry-store.ts';
import { asAsked } from './as-asked.ts';
import { BacktestAnswer, BacktestBody } from './backtest-schema.ts';
import type { Authenticate } from './caller.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface BacktestRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly backtests: Backtests;
  readonly clock: Clock;
}

const DEFAULT_SPAN_MS = 86_400_000;
const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const schema = {
  summary: 'What proposed limits would have done over stored history, beside the limits in force',
  description: [
    'The same engine over the patient’s stored moments, with today’s limits and with the proposed ones. Nobody',
    'acknowledges in a back-test: an alarm counts as cleared when its condition ended, and its return is a new alarm.',
    'Nothing is changed. One back-test runs at a time.',
  ].join(' '),
  tags: ['limits'],
  security: [{ bearer: [] }],
  params: Params,
  body: BacktestBody,
  response: {
    200: BacktestAnswer,
    400: ProblemDetails,
    401: ProblemDetails,
    403: ProblemDetails,
    422: ProblemDetails,
    503: ProblemDetails,
  },
};

/** What went wrong, as its caller is told. */
function problemOf(cause: unknown): unknown {
  if (cause instanceof StoreError)
    return new ProblemError('store_unavailable', 'history can not be read at the moment', { cause });
  // Nobody hears it: the connection is gone.
  if (codeOf(cause) === 'backtest_abandoned')
    return new ProblemError('overloaded', 'the back-test was abandoned', { cause });
  return cause;
}

/** Back-tests of limits, for whoever may watch the patient. */
export function addBacktestRoutes(app: FastifyInstance, options: BacktestRoutesOptions): void {
  const { authenticate, registry, backtests, clock } = options;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  app.post(
    '/v1/patients/:id/limits/backtest',
    { onRequest, schema },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { clinician } = await authenticate(request);
      const patient = patientInScope(registry, clinician, (request.params as Static<typeof Params>).id);
      const body = request.body as BacktestBody;
      const to = body.to ?? clock.now() + 1;
      const from = body.from ?? Math.max(0, to - DEFAULT_SPAN_MS);
      if (from >= to) throw new ProblemError('invalid_request', `from ${from} must be before to ${to}`);
      const limits = await asAsked(() =>
        body.limits.map(({ target, tiers }) => limitChoiceOf(target, tiers)),
      );
      const episodes = body.episodes ?? DEFAULT_EPISODES;
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      try {
        return await backtests.run({ patient, from, to, limits, episodes }, gone.signal);
      } catch (cause) {
        if (codeOf(cause) === 'backtest_busy') reply.header('retry-after', BACKTEST_RETRY_AFTER_S);
        throw problemOf(cause);
      }
    },
  );
}
