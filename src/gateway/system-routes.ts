import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { mayAdminister } from '../identity/access-policy.ts';
import { type AdminDoor, REFUSED } from './admin-door.ts';

const Count = Type.Integer({ minimum: 0 });
const MaybeTime = Type.Union([Type.Integer(), Type.Null()]);
const States = Type.Enum(['ok', 'degraded', 'failed']);

/** How the service does, as one who looks after it wants to know. */
const System = Type.Object({
  time: Type.Integer({ description: 'Epoch ms.' }),
  version: Type.String(),
  started: Type.Integer({ description: 'Epoch ms.' }),
  uptime_s: Count,
  state: Type.Enum(['ok', 'degraded', 'failed'], { description: 'The worst of the parts.' }),
  parts: Type.Record(Type.String(), Type.Object({ state: States, detail: Type.String() }), {
    description: 'As `/readyz` has them.',
  }),
  journal: Type.Object({
    condition: Type.String(),
    waiting_for_disk: Type.Object({ records: Count, bytes: Count, oldest_ms: Type.Number() }),
    waiting_for_store: Type.Object({ batches: Count, records: Count, bytes: Count }),
  }),
  store: Type.Object({
    kind: Type.Enum(['sqlite', 'influxdb']),
    state: Type.Enum(['idle', 'writing', 'retrying', 'denied', 'stopped']),
    takes: Type.Boolean({ description: 'Whether it took what was written to it last.' }),
    failing_since: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Epoch ms; null: it takes what is written.',
    }),
    last_error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
    lag_ms: Type.Number({ description: 'Age of the oldest record that is not written.' }),
    oldest_unwritten: MaybeTime,
    records_per_second: Type.Number(),
    quarantined: Type.Integer({ description: 'Points it refused since the start.' }),
  }),
  connected: Type.Object({ devices: Count, clinicians: Count }),
  alarms: Type.Object({ unattended: Count }),
  certificates: Type.Object({
    within_days: Type.Integer({ description: 'What `ending` looks ahead.' }),
    ending: Type.Integer({ description: 'Devices whose last certificate ends within that time.' }),
    expired: Type.Integer({ description: 'Devices whose last certificate has ended.' }),
    missing: Type.Integer({ description: 'Devices that are not revoked and have none.' }),
  }),
});

export type SystemFacts = Static<typeof System>;

export interface SystemRoutesOptions {
  readonly door: AdminDoor;
  readonly system: () => SystemFacts;
}

/** The state of the whole service over REST, for admins. It names no device and no patient. */
export function addSystemRoutes(app: FastifyInstance, { door, system }: SystemRoutesOptions): void {
  app.get(
    '/v1/system',
    {
      onRequest: door.only(mayAdminister, 'does not look after the service'),
      schema: {
        summary: 'How the service does; admins only',
        tags: ['operations'],
        security: [{ bearer: [] }],
        response: { 200: System, ...REFUSED },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return system();
    },
  );
}
