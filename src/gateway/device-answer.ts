import Type from 'typebox';
import type { EpochMs } from '../core/clock.ts';
import type { FeedService } from '../feed/feed-service.ts';
import type { SessionTable } from '../ingest/session-table.ts';
import type { PatientId } from '../model/ids.ts';
import { CERTIFICATE_STATUSES, type Device, REVOCATION_REASONS } from '../model/people.ts';
import { heldUntil } from '../registry/device-record.ts';
import type { Registry } from '../registry/registry.ts';
import { DEVICE_STATUSES } from '../registry/registry-checks.ts';

/** Of each list of one device: what is older is told by `npm run device -- show`. */
const MAX_LISTED = 100;

const Time = Type.Integer({ description: 'Epoch ms.' });
const MaybeTime = Type.Union([Type.Integer(), Type.Null()], { description: 'Epoch ms.' });

/** A device as a list has it. */
export const DeviceSummary = Type.Object({
  id: Type.String(),
  status: Type.Enum([...DEVICE_STATUSES]),
  description: Type.String(),
  patient: Type.Union([Type.String(), Type.Null()], { description: 'Who wears it now.' }),
  connected: Type.Boolean({ description: 'To this process.' }),
  presence: Type.Enum(['on', 'silent', 'off']),
  presence_since: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'Epoch ms; of one that is off, when it was there last. Null: not since the server was started.',
  }),
  battery_percent: Type.Union([Type.Number(), Type.Null()], {
    description: 'As it said last; null: it has not, since the server was started.',
  }),
  certificate_expires: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Of the certificate that lasts longest of those that were not ended; null: there is none.',
  }),
  late_renewal_until: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Until when it may renew once with an expired certificate; null: it may not.',
  }),
});

/** A device with its history. */
export const DeviceDetail = Type.Object({
  ...DeviceSummary.properties,
  interval_ms: Type.Union([Type.Integer(), Type.Null()], { description: 'Null: learned from its samples.' }),
  created: Time,
  assignments: Type.Array(
    Type.Object({
      patient: Type.String(),
      from: Time,
      to: Type.Union([Type.Integer(), Type.Null()], { description: 'Epoch ms; null: until now.' }),
    }),
    { description: `The newest ${MAX_LISTED}, newest first.` },
  ),
  certificates: Type.Array(
    Type.Object({
      serial: Type.String(),
      status: Type.Enum([...CERTIFICATE_STATUSES]),
      expired: Type.Boolean(),
      not_before: Time,
      not_after: Time,
      ended_at: MaybeTime,
      ended_reason: Type.Union([Type.Enum([...REVOCATION_REASONS]), Type.Null()]),
      authority: Type.String({ description: 'Key identifier of the authority that issued it.' }),
    }),
    { description: `The newest ${MAX_LISTED}, newest first.` },
  ),
});

/** What the answers are made from. */
export interface DeviceSources {
  readonly registry: Registry;
  readonly sessions: Pick<SessionTable, 'isConnected'>;
  readonly feed: Pick<FeedService, 'device'>;
}

export function deviceSummary({ registry, sessions, feed }: DeviceSources, device: Device, now: EpochMs) {
  const { id, status, description, late_renewal_until: late } = device;
  const state = feed.device(id);
  return {
    ...{ id, status, description },
    patient: registry.patientAt(id, now),
    connected: sessions.isConnected(id),
    presence: state?.presence ?? 'off',
    presence_since: state?.since ?? null,
    battery_percent: state?.battery_percent ?? null,
    certificate_expires: heldUntil(registry.certificatesOf(id)),
    late_renewal_until: late !== null && late > now ? late : null,
  };
}

/** @param sees who may be told of: others who wore it are left out */
export function deviceDetail(
  sources: DeviceSources,
  device: Device,
  now: EpochMs,
  sees: (patient: PatientId) => boolean,
) {
  const { registry } = sources;
  const { id, interval_ms, created } = device;
  return {
    ...deviceSummary(sources, device, now),
    ...{ interval_ms, created },
    assignments: registry
      .assignmentsOf(id)
      .filter(({ patient }) => sees(patient))
      .slice(-MAX_LISTED)
      .reverse()
      .map(({ patient, from, to }) => ({ patient, from, to })),
    certificates: [...registry.certificatesOf(id)]
      .sort((a, b) => b.not_before - a.not_before)
      .slice(0, MAX_LISTED)
      .map(({ serial, status, not_before, not_after, ended, authority }) => ({
        ...{ serial, status, not_before, not_after, authority },
        expired: not_after <= now,
        ended_at: ended?.at ?? null,
        ended_reason: ended?.reason ?? null,
      })),
  };
}
