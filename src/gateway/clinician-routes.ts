import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { mayAdminister, mayChangeClinician } from '../identity/access-policy.ts';
import { changeClinician, setClinicianActive } from '../identity/clinician-record.ts';
import { type ClinicianId, ID_PATTERN, type PatientId, type WardId } from '../model/ids.ts';
import { type Clinician, ROLES } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { type AdminDoor, CHANGE_REFUSED, REFUSED } from './admin-door.ts';
import { asAsked } from './as-asked.ts';
import type { Caller } from './caller.ts';
import { NextPage, PAGE_QUERY, pageOf } from './page-of.ts';
import { ProblemError } from './problem-details.ts';

export interface ClinicianRoutesOptions {
  readonly door: AdminDoor;
  readonly registry: Registry;
  readonly clock: Clock;
}

const PATH = '/v1/clinicians';
const MAX_WARDS = 100;
const MAX_PATIENTS = 500;

const Id = Type.String({ pattern: ID_PATTERN });
const Params = Type.Object({ id: Id });
const Query = Type.Object(PAGE_QUERY);
const Standing = {
  role: Type.Enum([...ROLES]),
  wards: Type.Array(Id, { maxItems: MAX_WARDS, uniqueItems: true }),
  patients: Type.Array(Id, { maxItems: MAX_PATIENTS, uniqueItems: true }),
};
const Body = Type.Object(Standing, { additionalProperties: false });
const Person = Type.Object({
  id: Type.String(),
  role: Standing.role,
  wards: Type.Array(Type.String()),
  patients: Type.Array(Type.String(), { description: 'Named, beside those of the wards.' }),
  active: Type.Boolean(),
});

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['clinicians'], security: [{ bearer: [] }], ...parts };
}

/** People over REST: their role and scope, and whether they are admitted. Nobody changes their own. */
export function addClinicianRoutes(
  app: FastifyInstance,
  { door, registry, clock }: ClinicianRoutesOptions,
): void {
  const onRequest = door.only(mayAdminister, 'does not see to who may sign in');
  /** @throws ProblemError `role_forbidden` */
  const enterToChange = async (
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ readonly caller: Caller; readonly id: ClinicianId }> => {
    const caller = await door.enterToChange(request, reply);
    const id = (request.params as Static<typeof Params>).id as ClinicianId;
    if (mayChangeClinician(caller.clinician, id)) return { caller, id };
    throw new ProblemError('role_forbidden', 'nobody changes their own entry: another admin does');
  };
  /** @throws ProblemError `not_found` */
  const known = (id: ClinicianId): Clinician => {
    const clinician = registry.clinician(id);
    if (clinician !== undefined) return clinician;
    throw new ProblemError('not_found', `there is no clinician ${id}`);
  };

  app.get(
    PATH,
    {
      onRequest,
      schema: schema('People, their role and scope; admins only', {
        querystring: Query,
        response: { 200: Type.Object({ clinicians: Type.Array(Person), next: NextPage }), ...REFUSED },
      }),
    },
    async (request) => {
      const { page, next } = pageOf(registry.clinicians(), request.query as Static<typeof Query>);
      return { clinicians: page, next };
    },
  );

  app.put(
    `${PATH}/:id`,
    {
      onRequest,
      schema: schema('Registers a person, or gives them another role and scope; admins only', {
        params: Params,
        body: Body,
        response: { 200: Person, 201: Person, ...CHANGE_REFUSED },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { caller, id } = await enterToChange(request, reply);
      const { role, wards, patients } = request.body as Static<typeof Body>;
      const before = registry.clinician(id);
      const standing = { id, role, wards: wards as WardId[], patients: patients as PatientId[] };
      await door.record(caller, await asAsked(() => changeClinician(registry, standing)));
      return reply.code(before === undefined ? 201 : 200).send(known(id));
    },
  );

  for (const [path, active, summary] of [
    ['deactivate', false, 'Turns a person away, with their open feeds and break-glass access; admins only'],
    ['activate', true, 'Admits a person again, with the role and scope they had; admins only'],
  ] as const)
    app.post(
      `${PATH}/:id/${path}`,
      {
        onRequest,
        schema: schema(summary, { params: Params, response: { 200: Person, ...CHANGE_REFUSED } }),
      },
      async (request: FastifyRequest, reply: FastifyReply) => {
        const { caller, id } = await enterToChange(request, reply);
        known(id);
        await asAsked(() =>
          setClinicianActive(registry, id, active, clock.now(), (act) => door.record(caller, act)),
        );
        return known(id);
      },
    );
}
