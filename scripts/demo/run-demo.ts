import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceClient } from '../../src/client/device-client.ts';
import { FeedClient } from '../../src/client/feed-client.ts';
import { acceleratedClock, type Clock, type EpochMs, sleep, systemClock } from '../../src/core/clock.ts';
import {
  type DeviceId,
  deviceId,
  type PatientId,
  patientId,
  type WardId,
  wardId,
} from '../../src/model/ids.ts';
import type { Role } from '../../src/model/people.ts';
import type { Sample } from '../../src/model/sample.ts';
import { isSignal } from '../../src/model/signal.ts';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { MAX_SAMPLES_PER_FRAME } from '../../src/protocol/limits.ts';
import { playRecording } from '../replay/player.ts';
import type { Recording } from '../replay/recording.ts';
import { LiveTraces } from '../simulate/live-traces.ts';
import { connectWearable, fewAtOnce } from '../wearables/connect-wearable.ts';
import { enrolWearable, type WearableIdentity } from '../wearables/enrol-wearable.ts';
import { type DemoServer, type DemoServerOptions, startDemoServer } from './demo-server.ts';
import { type DemoPerson, historyOf } from './people.ts';
import { type DemoSummary, summaryAlarm } from './summary.ts';
import { Witness } from './witness.ts';

export interface DemoOptions {
  /** One wearable each. */
  readonly people: readonly DemoPerson[];
  /** What simulated people measured before is sent first, as by wearables that were away. */
  readonly historyMs: number;
  readonly speed: number;
  readonly store: DemoServerOptions['store'];
  readonly verbose: boolean;
  readonly signal: AbortSignal;
  readonly view: DemoView;
}

/** What the demo shows while it runs. */
export interface DemoView {
  /** A step of the preparation, for a progress line. */
  preparing(step: string): void;
  /** Server and wearables are there. */
  ready(links: readonly ConsoleLink[]): void;
  /** A frame of the clinician's feed. */
  frame(frame: FeedFrame): void;
  /** A few times a second of real time. */
  tick(progress: Progress): void;
}

/** A link that signs in at the console, once. */
export interface ConsoleLink {
  readonly role: Role;
  readonly url: URL;
}

export interface Progress {
  /** Of sample time since the start. */
  readonly seconds: number;
  /** Samples acked so far, of all wearables. */
  readonly acked: number;
  /** The demo's time. */
  readonly now: EpochMs;
}

interface Wearer {
  readonly device: DeviceId;
  readonly patient: PatientId;
  readonly recording: Recording;
  /** Null: no traces but those of the recording. */
  readonly traces: LiveTraces | null;
  readonly client: DeviceClient;
}

export const DEMO_WARD: WardId = wardId('demo');
const AT_ONCE = 8;
const CONNECT_TIMEOUT_MS = 30_000;
/** Real time the clinician's feed gets to bring the last events, and a device to be acked. */
const SETTLE_TIMEOUT_MS = 60_000;
/** Another process's registry changes are seen within 250 ms. */
const REGISTRY_SEEN_MS = 300;
/** How often it is looked whether a chunk of a live trace is complete, in real time. */
const TRACES_EVERY_MS = 100;
/** Of the first wearable, and by how much others have less. */
const BATTERY_PERCENT = 96;
const BATTERY_RANGE = 80;
/** How often the view is redrawn, in real time. */
const TICK_MS = 250;

/**
 * Runs server, wearables and a clinician on one clock until every recording is played or the signal aborts, then reads
 * everything back that was sent.
 * @throws the signal's reason when aborted before anything was played
 */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { people, speed, signal, view } = options;
  const clock = speed === 1 ? systemClock() : acceleratedClock(speed);
  view.preparing('starting a server, making its certificates');
  await using server = await startDemoServer({ clock, store: options.store, verbose: options.verbose });
  await using open = new AsyncDisposableStack();
  const witness = new Witness();

  const run = clock.now().toString(36);
  const identities = await fewAtOnce(people, 1, ({ recording, label }, i) => {
    signal.throwIfAborted();
    view.preparing(`issuing certificates ${i + 1}/${people.length}`);
    return enrol(server, clock, { recording, label }, run);
  });
  const feed = open.use(
    new FeedClient({
      url: server.clinicianUrl,
      token: await server.clinicianToken(DEMO_WARD),
      ca: await readFile(join(server.certs, 'root-ca.crt')),
      clock,
    }),
  );
  await sleep(systemClock(), REGISTRY_SEEN_MS);
  for (const name of ['snapshot', 'vitals', 'alarm', 'presence'] as const)
    feed.on(name, (frame: FeedFrame) => view.frame(frame));
  feed.on('alarm', (frame) => witness.heard(frame));
  await feed.subscribe({ ward: DEMO_WARD });
  await once(feed, 'snapshot');

  const wearers = await fewAtOnce(people, AT_ONCE, async ({ recording, simulated }, i): Promise<Wearer> => {
    signal.throwIfAborted();
    const { identity, patient } = identities[i] as Enrolled;
    view.preparing(`connecting wearables ${i + 1}/${people.length}`);
    const traces = simulated && new LiveTraces({ ...simulated, startAt: clock.now(), signals: [] });
    const client = open.use(
      await connectWearable(identity, {
        server: server.deviceUrl,
        clock,
        timeoutMs: CONNECT_TIMEOUT_MS,
        client: { commands: { ...traces?.commands, identify: () => 'blinking' } },
      }),
    );
    client.sendStatus({ battery_percent: BATTERY_PERCENT - ((7 * i) % BATTERY_RANGE), worn: true });
    client.on('rejected', ({ samples }) => witness.rejected(identity.device, samples));
    return { device: identity.device, patient, recording, traces, client };
  });
  signal.throwIfAborted();

  await fewAtOnce(people, AT_ONCE, async (person, i) => {
    if (options.historyMs === 0) return;
    view.preparing(`sending what was measured before ${i + 1}/${people.length}`);
    await sendHistory(wearers[i] as Wearer, witness, historyOf(person, clock.now(), options.historyMs));
  });
  const links: ConsoleLink[] = [];
  for (const role of ['charge', 'admin'] as const)
    links.push({ role, url: await server.signInLink(role, DEMO_WARD) });
  view.ready(links);
  signal.throwIfAborted();
  const startAt = clock.now() + 1_000;
  const acked = (): number => wearers.reduce((sum, { client }) => sum + client.stats.ackedSamples, 0);
  const ticking = systemClock().every(TICK_MS, () => {
    const now = clock.now();
    view.tick({ seconds: Math.max(0, (now - startAt) / 1_000), acked: acked(), now });
  });
  open.defer(() => ticking.cancel());
  const chunks = await Promise.all(wearers.map((wearer) => play(wearer, witness, clock, startAt, signal)));
  const playedMs = Math.max(0, clock.now() - startAt);
  await Promise.all(wearers.map(({ client }) => client.drain({ timeoutMs: SETTLE_TIMEOUT_MS * speed })));
  await hearTheRest(feed);
  await server.app.drained();

  const patients = new Map(wearers.map(({ device, patient }) => [device, patient]));
  const compared = await witness.compare(server.app.store, (device) => patients.get(device) as PatientId);
  const wholeMs = Math.max(...people.map(({ recording }) => recording.durationMs));
  const seconds = (signal.aborted ? Math.min(wholeMs, Math.round(playedMs)) : wholeMs) / 1_000;
  return {
    devices: wearers.length,
    seconds,
    samples_sent: witness.sampleCount,
    samples_acked: acked(),
    samples_stored: compared.stored,
    samples_rejected: wearers.reduce((sum, { client }) => sum + client.stats.rejectedSamples, 0),
    moments_missing: compared.missingMoments,
    values_sent: compared.values,
    values_missing: compared.missingValues,
    waveform_chunks_sent: chunks.reduce((sum, count) => sum + count, 0),
    // After its last sample a wearable is silent because the recording is over, which is no news of the patient's.
    alarms: witness
      .alarms()
      .filter(({ device, onset }) => device === null || onset <= (witness.lastSample(device) ?? 0))
      .map((alarm) => summaryAlarm(alarm, startAt)),
    alarm_latency_ms: witness.latency(),
    store: server.app.store.name,
    speed,
    interrupted: signal.aborted,
  };
}

interface Enrolled {
  readonly identity: WearableIdentity;
  readonly patient: PatientId;
}

/** Ids of devices differ from run to run, so that a shared InfluxDB never mixes two demos. */
async function enrol(
  server: DemoServer,
  clock: Clock,
  { recording, label }: Pick<DemoPerson, 'recording' | 'label'>,
  run: string,
): Promise<Enrolled> {
  const patient = patientId(recording.name);
  const identity = await enrolWearable(
    {
      ...{ registry: server.registry, certs: server.certs, crlUrl: server.crlUrl },
      ...{ passphrase: undefined, now: clock.now(), enrol: true },
    },
    {
      device: deviceId(`${recording.name}-${run}`),
      patient,
      ward: DEMO_WARD,
      label,
      description: recording.kind,
      intervalMs: null,
      wornFrom: clock.now() - 86_400_000,
    },
  );
  return { identity, patient };
}

/** Sends a backlog in batches of the protocol, and waits until the server has it. */
async function sendHistory({ device, client }: Wearer, witness: Witness, samples: Sample[]): Promise<void> {
  for (let i = 0; i < samples.length; i += MAX_SAMPLES_PER_FRAME) {
    const batch = samples.slice(i, i + MAX_SAMPLES_PER_FRAME);
    witness.sent(device, batch);
    client.sendVitals(batch);
    await client.drain({ timeoutMs: SETTLE_TIMEOUT_MS });
  }
}

/** Plays until the end or the signal; gives how many chunks of traces were sent. */
async function play(
  { device, recording, traces, client }: Wearer,
  witness: Witness,
  clock: Clock,
  startAt: EpochMs,
  signal: AbortSignal,
): Promise<number> {
  let chunks = 0;
  let live = 0;
  const streaming = systemClock().every(TRACES_EVERY_MS, () => {
    for (const chunk of traces?.take(clock.now()) ?? []) {
      client.sendWaveform(chunk);
      live += 1;
    }
  });
  const playing = playRecording({
    recording,
    clock,
    startAt,
    signal,
    onProgress: (played) => {
      chunks = played.chunks;
    },
    client: {
      room: () => client.room(),
      sendVitals(samples) {
        witness.sent(device, samples);
        client.sendVitals(samples);
      },
      sendWaveform({ signal: name, ...chunk }) {
        if (isSignal(name)) client.sendWaveform({ signal: name, ...chunk });
      },
    },
  });
  try {
    await playing;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    streaming.cancel();
  }
  return chunks + live;
}

/** Waits until the feed is as far as the alarm log: a heartbeat's cursor, or a snapshot's, says how far that is. */
async function hearTheRest(feed: FeedClient): Promise<void> {
  const snapshot = once(feed, 'snapshot', { signal: AbortSignal.timeout(SETTLE_TIMEOUT_MS) });
  // A new subscription from where the feed stands replays what it lacks, in order, then says where all stands.
  await feed.subscribe({ ward: DEMO_WARD, ...(feed.cursor === null ? {} : { since: feed.cursor }) });
  await snapshot;
}
