import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Clock } from '../core/clock.ts';
import { maySeeUnassignedDevices } from '../identity/access-policy.ts';
import type { SessionTable } from '../ingest/session-table.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authenticate } from './caller.ts';
import { ProblemDetails, ProblemError } from './problem-details.ts';

export interface DeviceRoutesOptions {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly sessions: SessionTable;
  readonly clock: Clock;
}

const DeviceSummary = Type.Object({
  id: Type.String(),
  status: Type.Enum(['active', 'suspended', 'revoked']),
  description: Type.String(),
  patient: Type.Union([Type.String(), Type.Null()]),
  connected: Type.Boolean({ description: 'To this process.' }),
  certificate_expires: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Of the active certificate that lasts longest.',
  }),
});

const schema = {
  summary: 'Every device, its wearer and its certificate; charge and admin only',
  tags: ['devices'],
  security: [{ bearer: [] }],
  response: {
    200: Type.Object({ devices: Type.Array(DeviceSummary) }),
    401: ProblemDetails,
    403: ProblemDetails,
  },
};

/** Devices over REST. */
export function addDeviceRoutes(
  app: FastifyInstance,
  { authenticate, registry, sessions, clock }: DeviceRoutesOptions,
): void {
  app.get('/v1/devices', { schema }, async (request) => {
    const { clinician } = await authenticate(request);
    if (!maySeeUnassignedDevices(clinician))
      throw new ProblemError('role_forbidden', `role ${clinician.role} does not list devices`);
    const now = clock.now();
    const devices = registry.devices().map(({ id, status, description }) => {
      const active = registry.certificatesOf(id).filter(({ ended }) => ended === null);
      return {
        id,
        status,
        description,
        patient: registry.patientAt(id, now),
        connected: sessions.isConnected(id),
        certificate_expires:
          active.length === 0 ? null : Math.max(...active.map(({ not_after }) => not_after)),
      };
    });
    return { devices };
  });
}
