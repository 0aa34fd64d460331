import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { mayAdminister } from '../identity/access-policy.ts';
import { issueInvitation, signInLink } from '../identity/console-sessions.ts';
import { MAX_INVITATION_MS } from '../model/console-session.ts';
import { type ClinicianId, ID_PATTERN } from '../model/ids.ts';
import type { Registry } from '../registry/registry.ts';
import { type AdminDoor, CHANGE_REFUSED } from './admin-door.ts';
import { asAsked } from './as-asked.ts';
import { ProblemError } from './problem-details.ts';

export interface InvitationRoutesOptions {
  readonly door: AdminDoor;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Where people open the console, as configured; null: not. */
  readonly consoleUrl: string | null;
}

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 15;

const Params = Type.Object({ id: Type.String({ pattern: ID_PATTERN }) });
const Body = Type.Union([
  Type.Object(
    {
      minutes: Type.Optional(
        Type.Integer({
          ...{ minimum: 1, maximum: MAX_INVITATION_MS / MINUTE_MS },
          description: `How long it may be used. Default ${DEFAULT_MINUTES}.`,
        }),
      ),
    },
    { additionalProperties: false },
  ),
  Type.Null({ description: 'No body: as long as usual.' }),
]);
const Answer = Type.Object({
  clinician: Type.String(),
  link: Type.String({
    description:
      'Signs in whoever opens it first. Without a host where the server does not know under which name people open it.',
  }),
  until: Type.Integer({ description: 'Epoch ms.' }),
});

/** Links to sign in with at the console, made by an admin for somebody else to open. */
export function addInvitationRoutes(app: FastifyInstance, options: InvitationRoutesOptions): void {
  const { door, registry, clock, consoleUrl } = options;
  app.post(
    '/v1/clinicians/:id/invite',
    {
      onRequest: door.only(mayAdminister, 'does not see to who may sign in'),
      schema: {
        summary: 'A link to sign in with at the console, once; admins only',
        tags: ['clinicians'],
        security: [{ bearer: [] }],
        params: Params,
        body: Body,
        response: { 201: Answer, ...CHANGE_REFUSED },
      },
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await door.enterToChange(request, reply);
      const { id } = request.params as Static<typeof Params>;
      const clinician = registry.clinician(id as ClinicianId);
      if (clinician === undefined) throw new ProblemError('not_found', `there is no clinician ${id}`);
      if (!clinician.active)
        throw new ProblemError('invalid_request', `clinician ${id} is not active: activate them first`);
      const { minutes = DEFAULT_MINUTES } = (request.body as Static<typeof Body>) ?? {};
      const wanted = { clinician: clinician.id, ttlMs: minutes * MINUTE_MS };
      const { code, invitation } = await asAsked(() => issueInvitation({ registry, clock }, wanted));
      const details = { until: new Date(invitation.until).toISOString() };
      // Before it is shown: an invitation that is not on record is nobody's.
      await door.recordFirst(caller, { action: 'invitation_issued', subject: clinician.id, details });
      const link = signInLink(consoleUrl ?? '', code);
      reply.code(201).header('cache-control', 'no-store');
      return { clinician: clinician.id, link, until: invitation.until };
    },
  );
}
