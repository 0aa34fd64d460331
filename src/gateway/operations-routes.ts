import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Metrics } from '../observe/metrics.ts';

/** State of one part of the process. `degraded`: works, and someone should look. `failed`: not fit for traffic. */
export interface PartHealth {
  readonly state: 'ok' | 'degraded' | 'failed';
  readonly detail: string;
}

export interface Operations {
  readonly metrics: Metrics;
  /** The parts of the process, by name, as they are now. */
  readonly health: () => Readonly<Record<string, PartHealth>>;
}

const Part = Type.Object({ state: Type.Enum(['ok', 'degraded', 'failed']), detail: Type.String() });
const Readiness = Type.Object({
  state: Type.Enum(['ok', 'degraded', 'failed']),
  parts: Type.Record(Type.String(), Part),
});

/** The worst state of all parts. */
export function overall(parts: Readonly<Record<string, PartHealth>>): PartHealth['state'] {
  const states = Object.values(parts).map(({ state }) => state);
  if (states.includes('failed')) return 'failed';
  return states.includes('degraded') ? 'degraded' : 'ok';
}

/** Health and metrics, for load balancers, Prometheus and whoever is on call. They name no device and no patient. */
export function addOperationsRoutes(app: FastifyInstance, { metrics, health }: Operations): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the process answers',
        tags: ['operations'],
        response: { 200: Type.Object({ state: Type.Literal('ok') }) },
      },
    },
    () => ({ state: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether the process is fit for traffic; degraded is still fit',
        tags: ['operations'],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    (_request, reply) => {
      const parts = health();
      const state = overall(parts);
      return reply.code(state === 'failed' ? 503 : 200).send({ state, parts });
    },
  );

  app.get(
    '/metrics',
    { schema: { summary: 'Prometheus metrics', tags: ['operations'], produces: ['text/plain'] } },
    async (_request, reply) => {
      const { contentType, body } = await metrics.exposition();
      return reply.type(contentType).send(body);
    },
  );
}
