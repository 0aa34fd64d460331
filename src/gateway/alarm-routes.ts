import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { isCalled, mayAct } from '../feed/acknowledge.ts';
import type { FeedService } from '../feed/feed-service.ts';
import { denialOf, type Refusal } from '../feed/refusal.ts';
import { standingOf } from '../identity/clinician-principal.ts';
import type { Alarm } from '../model/alarm.ts';
import type { AlarmId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authenticate } from './caller.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface AlarmRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly feed: FeedService;
  readonly clock: Clock;
  readonly audit: DoorAudit;
}

const PATH = '/v1/alarms/:id';
const Params = Type.Object({
  id: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'The `id` of the alarm. It holds `:`, which is percent-encoded in a path: `%3A`.',
  }),
});
/** Closed: `alerted_at` misspelt would acknowledge what nobody saw. */
const Seen = Type.Object(
  {
    alerted_at: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          '`alerted_at` of the alarm as the person saw it: refused with `alarm_changed` when it has alerted since.',
      }),
    ),
  },
  { additionalProperties: false },
);
const Time = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });
const Deliveries = Type.Object({
  deliveries: Type.Array(
    Type.Object({
      alarm: Type.String(),
      clinician: Type.String(),
      alerted_at: Type.Integer({ description: 'Epoch ms. When the alarm began to wait for a person.' }),
      sent_at: Time('When it was first handed to a feed of theirs; null: it was not.'),
      received_at: Time('When their client first confirmed to have it; null: it did not.'),
      acknowledged_at: Time('When they said that they had seen it; null: they did not.'),
    }),
  ),
});
const AlarmAnswer = Type.Unknown({ title: 'Alarm', description: 'An alarm: docs/protocol.md, "Alarm".' });
const refused = { 400: ProblemDetails, 401: ProblemDetails, 404: ProblemDetails };

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['alarms'], security: [{ bearer: [] }], params: Params, ...parts };
}

/** What is said in the body would be passed over. @throws ProblemError unless there is none, or nothing in it */
function refuseBody(body: unknown): void {
  if (body === undefined || body === null) return;
  const cure = 'leave the body out, and say when the alarm had alerted in the query: ?alerted_at=...';
  if (typeof body !== 'object' || Array.isArray(body))
    throw new ProblemError('invalid_request', `body is not read here: ${cure}`);
  const [field] = Object.keys(body);
  if (field === undefined) return;
  throw new ProblemError('invalid_request', `body.${field.slice(0, 64)} is not read here: ${cure}`);
}

/** Single alarms over REST: as they are, to whom they were delivered, and that a person has seen them (clinical rule 7). */
export function addAlarmRoutes(app: FastifyInstance, options: AlarmRoutesOptions): void {
  const { authenticate, registry, feed, clock, audit } = options;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };
  const idOf = (request: FastifyRequest): AlarmId => (request.params as Static<typeof Params>).id as AlarmId;
  /** Unknown alarms and those of others look the same, and the latter are on record. @throws ProblemError */
  const refuse = (request: FastifyRequest, refusal: Refusal): never => {
    const code = denialOf(refusal);
    if (code !== null) {
      const where = request.routeOptions.url ?? PATH;
      audit.denied(request, { code, where, address: request.ip });
    }
    throw new ProblemError(refusal.code, refusal.message);
  };
  const alarmFor = async (
    request: FastifyRequest,
    may: (clinician: Clinician, alarm: Alarm) => boolean,
  ): Promise<Alarm> => {
    const { clinician } = await authenticate(request);
    const alarm = await feed.alarm(idOf(request));
    if (alarm && may(clinician, alarm)) return alarm;
    const refusal = { code: 'alarm_not_found', message: 'there is no such alarm in your scope' } as const;
    return refuse(request, alarm ? { ...refusal, onRecordAs: 'patient_forbidden' } : refusal);
  };
  const sees = (clinician: Clinician, { patient }: Alarm): boolean => mayAct(registry, clinician, patient);

  app.get(
    PATH,
    { onRequest, schema: schema('An alarm as it is now', { response: { 200: AlarmAnswer, ...refused } }) },
    (request) => alarmFor(request, (who, alarm) => sees(who, alarm) || isCalled(who, alarm)),
  );

  app.get(
    `${PATH}/deliveries`,
    {
      onRequest,
      schema: schema('To which clinicians an alarm was sent, who has it, and who acknowledged it', {
        response: { 200: Deliveries, ...refused },
      }),
    },
    async (request) => {
      const { id } = await alarmFor(request, (who, alarm) => who.role === 'admin' || sees(who, alarm));
      return { deliveries: await feed.deliveriesOf(id) };
    },
  );

  app.post(
    `${PATH}/acknowledge`,
    {
      onRequest,
      schema: schema('A person has seen the alarm: stops the sound, not the alarm', {
        querystring: Seen,
        response: { 204: Type.Null(), ...refused, 409: ProblemDetails },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { principal } = await authenticate(request);
      refuseBody(request.body);
      const standing = (): Clinician | undefined => standingOf(registry, principal, clock.now());
      const { alerted_at: seen = null } = request.query as { alerted_at?: number };
      const refusal = await feed.acknowledge(standing, idOf(request), seen);
      return refusal === null ? reply.code(204).send() : refuse(request, refusal);
    },
  );
}
