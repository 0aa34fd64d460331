import { join } from 'node:path';
import type { Test } from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { type EmbeddedBus, openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { AlarmDesk } from '../../src/ingest/alarm-desk.ts';
import type { DeviceSession } from '../../src/ingest/device-session.ts';
import { ingestMetrics } from '../../src/ingest/ingest-metrics.ts';
import { Pipeline } from '../../src/ingest/pipeline.ts';
import { SessionTable } from '../../src/ingest/session-table.ts';
import { StreamLedger } from '../../src/ingest/stream-ledger.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { type DeviceId, deviceId, type PatientId, patientId, wardId } from '../../src/model/ids.ts';
import { type FrameRecord, isFrame, type TelemetryRecord } from '../../src/model/record.ts';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import {
  type DeviceSubprotocol,
  deviceCodec,
  JSON_SUBPROTOCOL,
  serverCodecs,
} from '../../src/protocol/device-codec.ts';
import type { DeviceFrame, ServerToDeviceFrame } from '../../src/protocol/device-frames.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { happens } from './happening.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { type RecordingTransport, recordingTransport } from './recording-transport.ts';
import { STREAM } from './records.ts';

export const D1 = deviceId('D1');
export const D2 = deviceId('D2');
export const P1 = patientId('P1');
export const P2 = patientId('P2');
export const WARD = wardId('ward-1');
export const DAY_MS = 86_400_000;
const TOKEN_LIFE_MS = 3_600_000;

/** A device's end of a session. */
export interface Peer {
  readonly session: DeviceSession;
  readonly transport: RecordingTransport;
  send(frame: DeviceFrame): void;
  /** Bytes as they are, for what no codec writes. */
  sendRaw(data: Uint8Array | string, binary?: boolean): void;
  /** Everything the server sent so far. */
  readonly frames: readonly ServerToDeviceFrame[];
  of<Type extends ServerToDeviceFrame['type']>(type: Type): Extract<ServerToDeviceFrame, { type: Type }>[];
  /** Says hello and waits for the welcome. */
  hello(fields?: Partial<Extract<DeviceFrame, { type: 'hello' }>>): Promise<void>;
  vitals(seq: number, ...samples: unknown[]): void;
  /** The socket is gone. */
  leave(code?: number): void;
}

export interface ConnectOptions {
  readonly subprotocol?: DeviceSubprotocol;
  readonly tokenExpires?: number;
  readonly certificateEnds?: number;
  /** In place of what the registry says of the device. */
  readonly refusal?: () => string | null;
  readonly verifyToken?: (token: string) => Promise<{ readonly expires: number } | null>;
}

/** Everything behind a device's socket, composed as the server composes it, in a directory of the test's own. */
export interface IngestWorld {
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly bus: EmbeddedBus;
  readonly desk: AlarmDesk;
  readonly ledger: StreamLedger;
  readonly sessions: SessionTable;
  readonly metrics: Metrics;
  connect(device?: DeviceId, options?: ConnectOptions): Peer;
  /** Everything in the journal once what was appended is durable. */
  stored(): Promise<readonly TelemetryRecord[]>;
  /** The frames among it. */
  storedFrames(): Promise<readonly FrameRecord[]>;
}

/** Devices D1 (worn by P1 since a day ago) and D2 (worn by nobody), patients P1 and P2. */
export async function ingestWorld(
  t: Test,
  limits: {
    readonly maxPendingBytes?: number;
    readonly maxUnreadBytes?: number;
    /** Where a real one cannot be brought to what the test is about. */
    readonly journal?: Journal;
  } = {},
): Promise<IngestWorld> {
  const directory = t.testdir();
  const clock = manualClock();
  const fail = (error: Error): void => {
    t.fail(error.message, { found: error });
  };
  const journal =
    limits.journal ??
    (await openSqliteJournal({
      path: join(directory, 'journal.db'),
      maxPendingBytes: limits.maxPendingBytes ?? 16 * 2 ** 20,
      ...(limits.maxUnreadBytes === undefined ? {} : { maxUnreadBytes: limits.maxUnreadBytes }),
      clock,
    }));
  const registry = await openSqliteRegistry({ path: join(directory, 'registry.db'), onError: fail });
  const bus = await openEmbeddedBus({ path: join(directory, 'alarms.db'), clock, onError: fail });
  await registry.addPatient({ id: P1, ward: WARD, label: 'Bed 1', news2: 'scale_1' });
  await registry.addPatient({ id: P2, ward: WARD, label: 'Bed 2', news2: 'scale_1' });
  for (const id of [D1, D2])
    await registry.addDevice({
      id,
      status: 'active',
      description: 'a watch',
      interval_ms: null,
      created: clock.now(),
      late_renewal_until: null,
    });
  await registry.assign(D1, P1, clock.now() - DAY_MS);

  const metrics = createMetrics();
  const counters = ingestMetrics(metrics);
  // As in the server; a full journal refuses the record of the alarm, never the alarm.
  const onEvent = (event: Parameters<ConstructorParameters<typeof AlarmDesk>[0]['onEvent']>[0]): void =>
    void journal.append({ kind: 'alarm', event }).catch(() => {});
  const desk = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent,
    onError: (error) => {
      throw error;
    },
  });
  const pipeline = new Pipeline({
    registry,
    journal,
    bus,
    desk,
    clock,
    metrics: counters,
    retentionMs: 30 * DAY_MS,
  });
  const ledger = new StreamLedger(journal);
  const sessions = new SessionTable({
    registry,
    journal,
    bus,
    desk,
    clock,
    log: createLog('silent'),
    pipeline,
    ledger,
    metrics: counters,
    heartbeatMs: 20_000,
  });
  t.teardown(async () => {
    sessions[Symbol.dispose]();
    desk[Symbol.dispose]();
    await bus[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
  });

  const codecs = serverCodecs();
  let connections = 0;
  const connect = (device: DeviceId = D1, options: ConnectOptions = {}): Peer => {
    const { subprotocol = JSON_SUBPROTOCOL } = options;
    const codec = deviceCodec(subprotocol);
    const binary = subprotocol !== JSON_SUBPROTOCOL;
    const transport = recordingTransport();
    connections++;
    const session = sessions.admit({
      id: `session-${connections}`,
      device,
      transport,
      codec: codecs[subprotocol],
      tokenExpires: options.tokenExpires ?? clock.now() + TOKEN_LIFE_MS,
      verifyToken: options.verifyToken ?? (async () => null),
      refusal:
        options.refusal ?? (() => (registry.device(device)?.status === 'active' ? null : 'device_suspended')),
      certificateEnds: options.certificateEnds ?? clock.now() + DAY_MS,
    });
    const peer: Peer = {
      session,
      transport,
      send: (frame) => session.receive(codec.encode(frame), binary),
      sendRaw: (data, asBinary = binary) => session.receive(data, asBinary),
      get frames() {
        return transport.sent.map((data) => {
          const decoded = codec.decode(data, binary);
          if (!decoded.ok) throw new Error(`the server sent what no device can read: ${decoded.problem}`);
          return decoded.frame;
        });
      },
      of: (type) => peer.frames.filter((frame) => frame.type === type) as never[],
      async hello(fields = {}) {
        peer.send({ type: 'hello', stream: STREAM, time: clock.now(), ...fields });
        await happens('welcome', () => transport.sent.length > 0 || transport.closed !== null);
      },
      vitals: (seq, ...samples) =>
        peer.send({
          type: 'vitals',
          seq,
          samples: samples.length > 0 ? samples : [{ t: clock.now(), heart_rate: 72 }],
        }),
      leave: (code = 1006) => sessions.left(session, code),
    };
    return peer;
  };

  const reader = journal.reader('test');
  const records: TelemetryRecord[] = [];
  let read = 0;
  const stored = async (): Promise<readonly TelemetryRecord[]> => {
    await happens('the journal is durable', () => journal.stats().pendingRecords === 0);
    while (read < journal.stats().position) {
      const batch = await reader.next(new AbortController().signal);
      read = batch.position;
      records.push(...batch.records);
    }
    return records;
  };
  return {
    clock,
    registry,
    journal,
    bus,
    desk,
    ledger,
    sessions,
    metrics,
    connect,
    stored,
    storedFrames: async () => (await stored()).filter(isFrame),
  };
}

/** The patient in `parts` is what matters to most tests. */
export function patientsOf(record: FrameRecord | undefined): (PatientId | null)[] {
  return record?.kind === 'vitals' ? record.parts.map(({ patient }) => patient) : [];
}

/** The value of one line of the exposition, e.g. `name{label="value"}`; null when there is no such line. */
export async function counted(metrics: Metrics, name: string): Promise<number | null> {
  const { body } = await metrics.exposition();
  const line = body.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}
