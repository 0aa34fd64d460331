import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { mayAdminister, mayPlace, maySeeUnassignedDevices } from '../identity/access-policy.ts';
import { ID_PATTERN, type PatientId, type WardId } from '../model/ids.ts';
import type { Patient } from '../model/people.ts';
import { movePatient, registerPatient } from '../registry/patient-record.ts';
import type { Registry } from '../registry/registry.ts';
import { type AdminDoor, CHANGE_REFUSED, REFUSED } from './admin-door.ts';
import { asAsked } from './as-asked.ts';
import { NextPage, PAGE_QUERY, pageOf } from './page-of.ts';
import { ProblemError } from './problem-details.ts';

export interface RegistryPatientRoutesOptions {
  readonly door: AdminDoor;
  readonly registry: Registry;
  readonly clock: Clock;
}

const PATH = '/v1/registry/patients';

const Id = Type.String({ pattern: ID_PATTERN });
const Label = Type.String({
  ...{ minLength: 1, maxLength: 100 },
  description: 'What staff call them at the bedside: a bed, initials. Default: the id.',
});
const Params = Type.Object({ id: Id });
const Query = Type.Object({ ward: Type.Optional(Id), ...PAGE_QUERY });
const NewPatient = Type.Object(
  {
    id: Type.String({ pattern: ID_PATTERN, description: 'Not a name.' }),
    ward: Id,
    label: Type.Optional(Label),
  },
  { additionalProperties: false },
);
const Change = Type.Object(
  { ward: Type.Optional(Id), label: Type.Optional(Label) },
  { additionalProperties: false, minProperties: 1 },
);
const Placed = Type.Object({
  id: Type.String(),
  ward: Type.String(),
  label: Type.String(),
  devices: Type.Array(Type.String(), { description: 'Worn now.' }),
});

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['registry'], security: [{ bearer: [] }], ...parts };
}

/** Where patients are and what they wear, for those who register and move them. Nothing here tells how they are. */
export function addRegistryPatientRoutes(
  app: FastifyInstance,
  { door, registry, clock }: RegistryPatientRoutesOptions,
): void {
  const readers = door.only(maySeeUnassignedDevices, 'does not list the patients of the registry');
  const admins = door.only(mayAdminister, 'registers and moves no patients');
  const placed = ({ id, ward, label }: Patient) => ({
    ...{ id, ward, label },
    devices: registry.devicesOf(id, clock.now()),
  });
  /** @throws ProblemError `not_found` */
  const known = (id: string): Patient => {
    const patient = registry.patient(id as PatientId);
    if (patient !== undefined) return patient;
    throw new ProblemError('not_found', `there is no patient ${id}`);
  };

  app.get(
    PATH,
    {
      onRequest: readers,
      schema: schema('Patients, their ward and what they wear; a charge nurse gets their own wards', {
        querystring: Query,
        response: { 200: Type.Object({ patients: Type.Array(Placed), next: NextPage }), ...REFUSED },
      }),
    },
    async (request) => {
      const { clinician } = await door.enter(request);
      const query = request.query as Static<typeof Query>;
      const wanted = registry
        .patients()
        .filter(
          (patient) =>
            mayPlace(clinician, patient) && (query.ward === undefined || patient.ward === query.ward),
        );
      const { page, next } = pageOf(wanted, query);
      return { patients: page.map(placed), next };
    },
  );

  app.post(
    PATH,
    {
      onRequest: admins,
      schema: schema('Registers a patient; admins only', {
        body: NewPatient,
        response: { 201: Placed, ...CHANGE_REFUSED },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await door.enterToChange(request, reply);
      const { id, ward, label = id } = request.body as Static<typeof NewPatient>;
      const patient: Patient = { id: id as PatientId, ward: ward as WardId, label, news2: 'scale_1' };
      await door.record(caller, await asAsked(() => registerPatient(registry, patient)));
      return reply.code(201).header('cache-control', 'no-store').send(placed(patient));
    },
  );

  app.patch(
    `${PATH}/:id`,
    {
      onRequest: admins,
      schema: schema('Has a patient on another ward, or called otherwise; admins only', {
        params: Params,
        body: Change,
        response: { 200: Placed, ...CHANGE_REFUSED },
      }),
    },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await door.enterToChange(request, reply);
      const { id } = known((request.params as Static<typeof Params>).id);
      const { ward, label } = request.body as Static<typeof Change>;
      const change = {
        ...(ward !== undefined && { ward: ward as WardId }),
        ...(label !== undefined && { label }),
      };
      const act = await asAsked(() => movePatient(registry, known(id), change));
      if (act !== null) await door.record(caller, act);
      return placed(known(id));
    },
  );
}
