import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock, EpochMs } from '../core/clock.ts';
import { mayAdminister, maySeeDevice, maySeeUnassignedDevices } from '../identity/access-policy.ts';
import { type DeviceId, ID_PATTERN, type PatientId } from '../model/ids.ts';
import { type Device, REVOCATION_REASONS, type RevocationReason } from '../model/people.ts';
import {
  assignDevice,
  certificateWithSerial,
  changeDeviceStatus,
  endCertificate,
  endDevice,
  heldUntil,
} from '../registry/device-record.ts';
import { DEVICE_STATUSES } from '../registry/registry-checks.ts';
import { type AdminDoor, CHANGE_REFUSED, REFUSED } from './admin-door.ts';
import { asAsked } from './as-asked.ts';
import type { Caller } from './caller.ts';
import {
  DeviceDetail,
  type DeviceSources,
  DeviceSummary,
  deviceDetail,
  deviceSummary,
} from './device-answer.ts';
import { NextPage, PAGE_QUERY, pageOf } from './page-of.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface DeviceRoutesOptions extends DeviceSources {
  readonly door: AdminDoor;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const PATH = '/v1/devices/:id';

const Id = Type.String({ pattern: ID_PATTERN });
const Params = Type.Object({ id: Id });
const Query = Type.Object({
  status: Type.Optional(Type.Enum([...DEVICE_STATUSES])),
  expiring_days: Type.Optional(
    Type.Integer({
      ...{ minimum: 0, maximum: 825 },
      description: 'Only those not revoked whose last certificate ends within so many days, or has ended.',
    }),
  ),
  ...PAGE_QUERY,
});
/** A newer certificate supersedes; people do not. */
const Reason = Type.Enum(
  REVOCATION_REASONS.filter((reason) => reason !== 'superseded'),
  { description: 'As revocation lists say it (RFC 5280, 5.3.1).' },
);
const RevokeBody = Type.Object({ reason: Reason }, { additionalProperties: false });
const AssignBody = Type.Object(
  { patient: Type.Union([Id, Type.Null()], { description: 'Null: nobody wears it.' }) },
  { additionalProperties: false },
);
const SerialParams = Type.Object({
  id: Id,
  serial: Type.String({ pattern: '^[0-9A-Fa-f:]{1,80}$', description: 'In hex, with or without colons.' }),
});

function schema(summary: string, parts: Readonly<Record<string, unknown>>) {
  return { summary, tags: ['devices'], security: [{ bearer: [] }], ...parts };
}

/** Devices over REST: who has which, their certificates, and what an admin does about them. */
export function addDeviceRoutes(app: FastifyInstance, options: DeviceRoutesOptions): void {
  const { door, registry, clock } = options;
  const readers = door.only(maySeeUnassignedDevices, 'does not list devices');
  const admins = door.only(mayAdminister, 'does not change devices');
  /** @throws ProblemError `not_found` */
  const known = (id: string): Device => {
    const device = registry.device(id as DeviceId);
    if (device !== undefined) return device;
    throw new ProblemError('not_found', `there is no device ${id}`);
  };
  const sees = ({ clinician }: Caller, patient: PatientId | null): boolean => {
    const wearer = patient === null ? null : registry.patient(patient);
    return wearer !== undefined && maySeeDevice(clinician, wearer);
  };
  const detail = (caller: Caller, id: string) =>
    deviceDetail(options, known(id), clock.now(), (patient) => sees(caller, patient));

  app.get(
    '/v1/devices',
    {
      onRequest: readers,
      schema: schema('Devices, their wearer, presence and certificate; charge and admin only', {
        querystring: Query,
        response: { 200: Type.Object({ devices: Type.Array(DeviceSummary), next: NextPage }), ...REFUSED },
      }),
    },
    async (request) => {
      const caller = await door.enter(request);
      const query = request.query as Static<typeof Query>;
      const now = clock.now();
      const wanted = isWanted(query, now);
      const shown = registry
        .devices()
        .filter((device) => wanted(device) && sees(caller, registry.patientAt(device.id, now)));
      const { page, next } = pageOf(shown, query);
      return { devices: page.map((device) => deviceSummary(options, device, now)), next };
    },
  );
  const isWanted =
    ({ status, expiring_days: days }: Static<typeof Query>, now: EpochMs) =>
    (device: Device): boolean => {
      if (status !== undefined && device.status !== status) return false;
      if (days === undefined) return true;
      const until = heldUntil(registry.certificatesOf(device.id));
      return device.status !== 'revoked' && until !== null && until <= now + days * DAY_MS;
    };

  app.get(
    PATH,
    {
      onRequest: readers,
      schema: schema('One device, with who wore it and its certificates; charge and admin only', {
        params: Params,
        response: { 200: DeviceDetail, ...REFUSED, 404: ProblemDetails },
      }),
    },
    async (request) => {
      const caller = await door.enter(request);
      const id = (request.params as Static<typeof Params>).id as DeviceId;
      const hidden = registry.device(id) === undefined || !sees(caller, registry.patientAt(id, clock.now()));
      // To all but admins unknown devices and those of others look the same.
      if (hidden && !mayAdminister(caller.clinician))
        throw new ProblemError(
          'patient_forbidden',
          `device ${id} is unknown, or its wearer outside your scope`,
        );
      return detail(caller, id);
    },
  );

  /** An act upon one device, which answers with the device as it is then. */
  const act = <Body>(
    {
      path,
      summary,
      body,
      params = Params,
    }: {
      readonly path: string;
      readonly summary: string;
      readonly body?: object;
      readonly params?: object;
    },
    work: (
      device: Device,
      body: Body,
      request: FastifyRequest,
    ) => Promise<readonly (Parameters<AdminDoor['record']>[1] | null)[]>,
  ): void => {
    app.post(
      `${PATH}/${path}`,
      {
        onRequest: admins,
        schema: schema(summary, {
          params,
          ...(body && { body }),
          response: { 200: DeviceDetail, ...CHANGE_REFUSED },
        }),
      },
      async (request: FastifyRequest, reply: FastifyReply) => {
        const caller = await door.enterToChange(request, reply);
        const { id } = request.params as Static<typeof Params>;
        const acts = await asAsked(() => work(known(id), request.body as Body, request));
        for (const one of acts) if (one !== null) await door.record(caller, one);
        return detail(caller, id);
      },
    );
  };

  act(
    { path: 'suspend', summary: 'Turns a device away until it is resumed; admins only' },
    async (device) => [await changeDeviceStatus(registry, device, 'suspended')],
  );
  act({ path: 'resume', summary: 'Admits a suspended device again; admins only' }, async (device) => [
    await changeDeviceStatus(registry, device, 'active'),
  ]);
  act<Static<typeof RevokeBody>>(
    {
      path: 'revoke',
      summary: 'Ends a device for good, with all its certificates; admins only',
      body: RevokeBody,
    },
    async ({ id }, { reason }) => [
      (await endDevice(registry, id, reason as RevocationReason, clock.now())).act,
    ],
  );
  act<Static<typeof AssignBody>>(
    {
      path: 'assign',
      summary: 'Says who wears a device from now on, or that nobody does; admins only',
      body: AssignBody,
    },
    async ({ id, status }, { patient }) => {
      if (patient !== null && status === 'revoked')
        throw new ProblemError('revoked_for_good', `device ${id} is revoked: nobody can wear it`);
      if (registry.patientAt(id, clock.now()) === patient) return [];
      return [await assignDevice(registry, id, patient as PatientId | null, clock.now())];
    },
  );
  act<Static<typeof RevokeBody>>(
    {
      path: 'certificates/:serial/revoke',
      summary: 'Ends one certificate; of a compromised key also what it was used to get; admins only',
      body: RevokeBody,
      params: SerialParams,
    },
    async ({ id }, { reason }, request) => {
      const { serial } = request.params as Static<typeof SerialParams>;
      const certificate = certificateWithSerial(registry, id, serial);
      if (certificate === undefined)
        throw new ProblemError('not_found', `device ${id} has no certificate ${serial}`);
      return (await endCertificate(registry, certificate, reason as RevocationReason, clock.now())).acts;
    },
  );
}
