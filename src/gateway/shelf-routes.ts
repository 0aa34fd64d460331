import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import type { Refusal } from '../feed/refusal.ts';
import { MAX_SHELF_MINUTES, shelve, unshelve } from '../feed/shelving.ts';
import { ID_PATTERN, type PatientId, type ShelfId } from '../model/ids.ts';
import { DIRECTIONS } from '../model/limit.ts';
import { GRANT_REASON_LENGTH } from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authenticate } from './caller.ts';
import { patientInScope } from './patient-in-scope.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface ShelfRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'trail'>;
}

const PATH = '/v1/patients/:id/shelves';
/** How long a shelf that is over is still listed, and how many of those at most. */
const RECENT_MS = 24 * 3_600_000;
const MAX_RECENT = 100;

const Id = Type.String({ pattern: ID_PATTERN });
const Params = Type.Object({ id: Id });
const ShelfParams = Type.Object({ id: Id, shelf: Id });
const Body = Type.Object(
  {
    vital: Type.Enum([...VITAL_NAMES]),
    direction: Type.Enum([...DIRECTIONS], {
      description: 'Of a changing value: falling counts as low, rising as high.',
    }),
    minutes: Type.Integer({ minimum: 1, maximum: MAX_SHELF_MINUTES }),
    reason: Type.String({
      minLength: GRANT_REASON_LENGTH.least,
      maxLength: GRANT_REASON_LENGTH.most,
      description: "Why, in one line: shown to whoever watches the patient, and kept. No patient's name.",
    }),
  },
  { additionalProperties: false },
);
const ShelfAnswer = Type.Object({
  id: Type.String(),
  patient: Type.String(),
  vital: Type.Enum([...VITAL_NAMES]),
  direction: Type.Enum([...DIRECTIONS]),
  by: Type.String(),
  reason: Type.String(),
  from: Type.Integer({ description: 'Epoch ms.' }),
  until: Type.Integer({ description: 'Epoch ms; of one that was cancelled, when.' }),
});
const ListedShelf = Type.Object({ ...ShelfAnswer.properties, live: Type.Boolean() });
const refused = { 400: ProblemDetails, 401: ProblemDetails, 403: ProblemDetails };

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['patients'], security: [{ bearer: [] }], ...parts };
}

/** @throws ProblemError as refused */
function shelfOf(outcome: Refusal | Shelf): Shelf {
  if ('code' in outcome) throw new ProblemError(outcome.code, outcome.message);
  return outcome;
}

/** Shelved alarms over REST (clinical rule 8): one vital and direction of one patient at a time. */
export function addShelfRoutes(app: FastifyInstance, options: ShelfRoutesOptions): void {
  const { authenticate, registry, clock } = options;
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await authenticate(request);
  };

  app.post(
    PATH,
    {
      onRequest,
      schema: schema('Keeps alarms of one vital and direction from sounding for a time; charge nurses only', {
        params: Params,
        body: Body,
        response: { 201: ShelfAnswer, ...refused, 409: ProblemDetails, 429: ProblemDetails },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { clinician } = await authenticate(request);
      const { id } = request.params as Static<typeof Params>;
      const asked = { patient: id as PatientId, ...(request.body as Static<typeof Body>) };
      const outcome = await shelve(options, () => clinician, asked);
      if ('code' in outcome && outcome.retryAfterS !== undefined)
        reply.header('retry-after', outcome.retryAfterS);
      const shelf = shelfOf(outcome);
      return reply.code(201).header('cache-control', 'no-store').send(shelf);
    },
  );

  app.get(
    PATH,
    {
      onRequest,
      schema: schema('Alarms on the shelf, and those taken off within 24 h', {
        params: Params,
        response: { 200: Type.Object({ shelves: Type.Array(ListedShelf) }), ...refused },
      }),
    },
    async (request) => {
      const { clinician } = await authenticate(request);
      const patient = patientInScope(registry, clinician, (request.params as Static<typeof Params>).id);
      const now = clock.now();
      const shelves = registry
        .shelvesOf(patient.id)
        .filter(({ until }) => until > now - RECENT_MS)
        .slice(0, MAX_RECENT)
        .map((shelf) => ({ ...shelf, live: shelf.until > now }));
      return { shelves };
    },
  );

  app.delete(
    `${PATH}/:shelf`,
    {
      onRequest,
      schema: schema('Takes alarms off the shelf before its end; charge nurses only', {
        params: ShelfParams,
        response: { 200: ShelfAnswer, ...refused, 404: ProblemDetails },
      }),
    },
    async (request) => {
      const { clinician } = await authenticate(request);
      const { id, shelf } = request.params as Static<typeof ShelfParams>;
      return shelfOf(await unshelve(options, () => clinician, id as PatientId, shelf as ShelfId));
    },
  );
}
