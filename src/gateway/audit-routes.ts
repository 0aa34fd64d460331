import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { WaitingLine } from '../feed/waiting-line.ts';
import { mayAdminister } from '../identity/access-policy.ts';
import { auditAnswer, parseActor } from '../observe/audit-answer.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import { AUDIT_ACTION_NAMES, AUDIT_TEXT_MAX } from '../observe/audit-entry.ts';
import { type AdminDoor, REFUSED } from './admin-door.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface AuditRoutesOptions {
  readonly door: AdminDoor;
  readonly audit: Pick<DoorAudit, 'pages'>;
}

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;
/** Readers who may wait while one is served. */
const MAX_WAITING = 8;
const BUSY_RETRY_AFTER_S = 2;

const Text = Type.String({ minLength: 1, maxLength: AUDIT_TEXT_MAX });
const Query = Type.Object(
  {
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'Epoch ms, inclusive.' })),
    to: Type.Optional(Type.Integer({ minimum: 1, description: 'Epoch ms, exclusive.' })),
    action: Type.Optional(Type.Enum([...AUDIT_ACTION_NAMES])),
    subject: Type.Optional(Text),
    actor: Type.Optional(
      Type.String({
        ...{ minLength: 1, maxLength: AUDIT_TEXT_MAX },
        description:
          'A kind (`admin`, `clinician`, `device`, `server`, `stranger`), `kind:name`, or the name alone.',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
    after: Type.Optional(
      Type.Integer({ minimum: 1, description: '`next` of the page before: entries older than this number.' }),
    ),
  },
  { additionalProperties: false },
);
const Entry = Type.Object({
  seq: Type.Integer({ description: 'Its number in the trail.' }),
  at: Type.Integer({ description: 'Epoch ms.' }),
  actor: Type.Object({ kind: Type.String(), name: Type.String() }),
  action: Type.String(),
  subject: Type.String(),
  details: Type.Unknown({ description: 'Facts by name; as text where somebody tampered with them.' }),
  previous: Type.String({ description: 'Hash of the entry before.' }),
  hash: Type.String(),
});
const Answer = Type.Object({
  entries: Type.Array(Entry, { description: 'Newest first.' }),
  next: Type.Union([Type.Integer(), Type.Null()], {
    description:
      '`after` of the next page; null: there are none further back. Not null with few entries, or none: the search has come so far, and goes on from there.',
  }),
});

/** The audit trail over REST, for admins. Whether it is whole says `npm run audit -- verify`. */
export function addAuditRoutes(app: FastifyInstance, { door, audit }: AuditRoutesOptions): void {
  const line = new WaitingLine(MAX_WAITING);
  app.get(
    '/v1/audit',
    {
      onRequest: door.only(mayAdminister, 'does not read the audit trail'),
      schema: {
        summary: 'The audit trail, newest first; admins only',
        tags: ['audit'],
        security: [{ bearer: [] }],
        querystring: Query,
        response: { 200: Answer, ...REFUSED, 503: ProblemDetails },
      },
    },
    async (request, reply) => {
      const query = request.query as Static<typeof Query>;
      const { from, to, action, subject, actor, limit = DEFAULT_LIMIT, after } = query;
      if (from !== undefined && to !== undefined && from >= to)
        throw new ProblemError('invalid_request', `from ${from} must be before to ${to}`);
      if (line.full) {
        reply.header('retry-after', BUSY_RETRY_AFTER_S);
        throw new ProblemError('audit_busy', `${MAX_WAITING} others read the audit trail: wait`);
      }
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const wanted = {
        ...(from !== undefined && { since: from }),
        ...(to !== undefined && { until: to }),
        ...(action !== undefined && { action }),
        ...(subject !== undefined && { subject }),
        ...(actor !== undefined && parseActor(actor)),
        ...{ limit, before: after ?? null },
      };
      const { entries, next } = await line.run(() => audit.pages.page(wanted, gone.signal));
      reply.header('cache-control', 'no-store');
      return { entries: entries.map(auditAnswer), next };
    },
  );
}
