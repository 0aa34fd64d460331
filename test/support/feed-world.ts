import { join } from 'node:path';
import type { Test } from 'tap';
import { type EmbeddedBus, openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { ClinicianSession } from '../../src/feed/clinician-session.ts';
import { feedMetrics } from '../../src/feed/feed-metrics.ts';
import { FeedService } from '../../src/feed/feed-service.ts';
import type { Refusal } from '../../src/feed/refusal.ts';
import type { ServiceFacts } from '../../src/feed/service-board.ts';
import { type ClinicianPrincipal, registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import {
  type ClinicianId,
  clinicianId,
  deviceId,
  observationId,
  type PatientId,
  patientId,
  wardId,
} from '../../src/model/ids.ts';
import type { ObservationEntry } from '../../src/model/observation.ts';
import type { Role } from '../../src/model/people.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { DoorAudit } from '../../src/observe/audit-doors.ts';
import type { AuditEntry } from '../../src/observe/audit-entry.ts';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { feedFrameReader } from '../../src/protocol/feed-codec.ts';
import type { FeedCommand } from '../../src/protocol/feed-commands.ts';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { type RecordingTransport, recordingTransport } from './recording-transport.ts';

export const [A1, A2, B1, C1] = ['A1', 'A2', 'B1', 'C1'].map(patientId) as [
  PatientId,
  PatientId,
  PatientId,
  PatientId,
];
export const [WARD_A, WARD_B] = [wardId('ward-a'), wardId('ward-b')];
export const NURSE = clinicianId('nurse');
export const CHARGE = clinicianId('charge');
export const ADMIN = clinicianId('admin');
const HOUR_MS = 3_600_000;
export const HEARTBEAT_MS = 20_000;

/** A clinician's end of a session. */
export interface Viewer {
  readonly session: ClinicianSession;
  readonly transport: RecordingTransport;
  send(command: FeedCommand): void;
  readonly frames: readonly FeedFrame[];
  of<Type extends FeedFrame['type']>(type: Type): Extract<FeedFrame, { type: Type }>[];
  leave(code?: number): void;
}

type Denied = Parameters<DoorAudit['denied']>[1];

export interface FeedWorld {
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly bus: EmbeddedBus;
  readonly feed: FeedService;
  readonly metrics: Metrics;
  /** What the feed told the audit trail of those it turned away. */
  readonly denials: readonly Denied[];
  /** What was passed on to whoever takes observations. */
  readonly entries: readonly ObservationEntry[];
  /** What it told of what was done. */
  readonly acts: readonly AuditEntry[];
  join(
    clinician?: ClinicianId | ClinicianPrincipal,
    options?: { readonly tokenExpires?: number; readonly verifyToken?: ClinicianVerify },
  ): Viewer;
  /** Publishes vitals as the pipeline does: measured now unless said otherwise. */
  vitals(patient: PatientId, sample?: Partial<Sample>, fields?: { device?: string; skew?: number }): void;
}

type ClinicianVerify = (
  token: string,
) => Promise<{ readonly principal: ClinicianPrincipal; readonly expires: number } | Refusal>;

const refused: ClinicianVerify = async () => ({ code: 'token_invalid', message: 'refused' });

/** Wards A (patients A1, A2; the nurse's, who also has C1 of ward C) and B (B1); a charge nurse of A; an admin. */
export async function feedWorld(
  t: Test,
  options: {
    readonly maxEvents?: number;
    readonly liveAlarms?: readonly Alarm[];
    readonly service?: () => ServiceFacts;
  } = {},
): Promise<FeedWorld> {
  const directory = t.testdir();
  const clock = manualClock();
  const onError = (error: Error): void => {
    t.fail(error.message, { found: error });
  };
  const registry = await openSqliteRegistry({ path: join(directory, 'registry.db'), onError });
  const bus = await openEmbeddedBus({
    path: join(directory, 'alarms.db'),
    clock,
    onError,
    ...(options.maxEvents === undefined
      ? {}
      : { retention: { maxEvents: options.maxEvents, maxAgeMs: 90 * 24 * HOUR_MS } }),
  });
  for (const [id, ward] of [
    [A1, WARD_A],
    [A2, WARD_A],
    [B1, WARD_B],
    [C1, wardId('ward-c')],
  ] as const) {
    await registry.addPatient({ id, ward, label: `label-${id}`, news2: 'scale_1' });
    const device = deviceId(`watch-${id}`);
    await registry.addDevice({
      id: device,
      status: 'active',
      description: 'a watch',
      interval_ms: null,
      created: 0,
      late_renewal_until: null,
    });
    await registry.assign(device, id, clock.now() - HOUR_MS);
  }
  const person = (id: ClinicianId, role: Role, patients: readonly PatientId[] = []) =>
    registry.putClinician({ id, role, wards: [WARD_A], patients, active: true });
  await person(NURSE, 'clinician', [C1]);
  await person(CHARGE, 'charge');
  await person(ADMIN, 'admin');

  const denials: Denied[] = [];
  const acts: AuditEntry[] = [];
  const entries: ObservationEntry[] = [];
  const metrics = createMetrics();
  const feed = new FeedService({
    bus,
    registry,
    clock,
    log: createLog('silent'),
    audit: {
      denied: (_request, denial) => void denials.push(denial),
      acted: (act, actor = { kind: 'server' }) => void acts.push({ ...act, actor }),
      trail: {
        healthy: true,
        record: async (entry) => void acts.push(entry),
        [Symbol.asyncDispose]: async () => {},
      },
    },
    metrics: feedMetrics(metrics),
    heartbeatMs: HEARTBEAT_MS,
    liveAlarms: options.liveAlarms ?? [],
    service: options.service ?? (() => ({ reason: null, alarmLog: 'ok' })),
    observations: {
      enter: async (entry) => {
        entries.push(entry);
        if (entry.values?.spo2 === 140)
          throw new CodedError('invalid_observation', 'values.spo2 is impossible');
        const entered = clock.now();
        const { patient, by, t = entered, values = {}, oxygen = null, consciousness = null } = entry;
        const id = observationId(`o-${entries.length}`);
        const observation = { id, patient, by, t, entered, values, oxygen, consciousness };
        bus.publishObservation(observation);
        return observation;
      },
      news2: () => ({ kind: 'partial', scale: 1, lacks: ['consciousness'], inputs: [] }),
    },
  });
  t.teardown(async () => {
    feed[Symbol.dispose]();
    await bus[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const read = feedFrameReader();
  let viewers = 0;
  return {
    clock,
    registry,
    bus,
    feed,
    metrics,
    denials,
    entries,
    acts,
    vitals(patient, sample = {}, { device = `watch-${patient}`, skew = 0 } = {}) {
      const received = clock.now();
      const samples: Sample[] = [{ t: received, heart_rate: 72, ...sample }];
      bus.publishVitals({ patient, device: deviceId(device), samples, received, skew });
    },
    join(clinician = NURSE, { tokenExpires = clock.now() + HOUR_MS, verifyToken = refused } = {}) {
      const transport = recordingTransport();
      viewers++;
      const session = feed.admit({
        id: `viewer-${viewers}`,
        principal: typeof clinician === 'string' ? registeredPrincipal(clinician) : clinician,
        transport,
        tokenExpires,
        verifyToken,
      });
      const viewer: Viewer = {
        session,
        transport,
        send: (command) => session.receive(JSON.stringify(command)),
        get frames() {
          return transport.sent.map((data) => {
            const decoded = read(String(data));
            if (!decoded.ok) throw new Error(`the feed sent what no client can read: ${decoded.problem}`);
            return decoded.frame;
          });
        },
        of: (type) => viewer.frames.filter((frame) => frame.type === type) as never[],
        leave: (code = 1006) => feed.left(session, code),
      };
      return viewer;
    },
  };
}
