import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeviceClient } from '../src/client/device-client.ts';
import { acceleratedClock, type EpochMs, systemClock } from '../src/core/clock.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { deviceId, patientId } from '../src/model/ids.ts';
import type { Vital } from '../src/model/vital.ts';
import { adminProgram, argument, EXIT, runProgram, withRegistry } from './admin-command.ts';
import { readPassphrase } from './ca-passphrase.ts';
import { counted } from './counted.ts';
import { crlUrlOf } from './crl-url.ts';
import { parseInstant } from './instant.ts';
import { parseColumnMap } from './replay/column-map.ts';
import { playRecording } from './replay/player.ts';
import { readRecordings } from './replay/read-recording.ts';
import type { Recording } from './replay/recording.ts';
import { connectWearable, fewAtOnce } from './wearables/connect-wearable.ts';
import { type Delivery, deliveryOf, describeTotals, totalsOf } from './wearables/delivery.ts';
import { enrolWearable, type WearableIdentity } from './wearables/enrol-wearable.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';
import { renewalStore } from './wearables/renewal-store.ts';
import {
  positiveNumber,
  type WearableServerOptions,
  wearableServerOptions,
} from './wearables/server-options.ts';

interface ReplayOptions extends WearableServerOptions {
  readonly devicePrefix: string;
  readonly speed: number;
  readonly startAt: EpochMs | 'now';
  readonly columnMap?: ReadonlyMap<Vital, string>;
  readonly timeColumn: string;
  readonly timeUnit: 's' | 'ms';
}

/** The server sees a registry change of another process within 250 ms. */
const REGISTRY_SEEN_MS = 400;
const CONNECT_TIMEOUT_MS = 15_000;
const DRAIN_TIMEOUT_MS = 60_000;

function startAt(text: string): EpochMs | 'now' {
  return text === 'now' ? 'now' : parseInstant(text);
}

function devicePrefix(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/.test(text)) return text;
  throw new InvalidArgumentError('give 1 to 16 letters, digits, ".", "_" or "-"');
}

const program: Command = wearableServerOptions(
  adminProgram('replay', 'Send recorded vitals to a running server, each recording as a wearable of its own.')
    .argument('<file...>', 'recordings: CSV files, or folders of Empatica files')
    .addOption(
      new Option('--device-prefix <text>', 'device and patient ids are this and the name of the recording')
        .argParser(devicePrefix)
        .default('rec-'),
    )
    .addOption(
      new Option('--speed <x>', 'times as fast as recorded; sample times then run ahead of the server clock')
        .argParser(positiveNumber(1_000))
        .default(1),
    )
    .addOption(
      new Option('--start-at <time>', 'time of the recordings\' start: an ISO time with its offset, or "now"')
        .argParser(startAt)
        .default('now'),
    )
    .option('--column-map <map>', 'plain CSV: vital=column, ...', argument(parseColumnMap))
    .option('--time-column <name>', 'plain CSV: column of the times', 'time')
    .addOption(
      new Option('--time-unit <unit>', 'plain CSV: unit of the times').choices(['s', 'ms']).default('s'),
    ),
  'ward-1',
).addHelpText(
  'after',
  `
Formats, known by their header:
  Time [s], HR, PULSE, RESP, SpO2        monitor numerics (BIDMC); NaN is no value
  Time [s], RESP, PLETH, V, AVR, II      monitor signals (BIDMC), sent as waveforms
  HR.csv, IBI.csv, TEMP.csv              Empatica E4: heart_rate, pulse_rate (60 / interval), skin_temp
  anything else                          needs --column-map

Examples:
  $ npm run replay -- bidmc_32_Numerics.csv
  $ npm run replay -- recordings/*.csv --speed 10 --ward icu
  $ npm run replay -- stress_predict/S10 --device-prefix e4-
  $ npm run replay -- night.csv --column-map heart_rate=HR,spo2=Sat --time-column t --time-unit ms
  $ npm run replay -- night.csv --start-at 2026-05-01T22:00:00Z --column-map spo2=Sat

A start in the past sends what was due since then at once, as a device does that was offline.
Exit code: 0 all acked, 1 not, 2 wrong usage.
`,
);

program.action((files: readonly string[], options: ReplayOptions) => replay(files, options));

async function replay(files: readonly string[], options: ReplayOptions): Promise<void> {
  using interrupted = interruptedSignal();
  const clock = systemClock();
  const began = clock.monotonic();
  using progress = new ProgressLine(process.stderr, !options.json);
  const { columnMap: columns, timeColumn, timeUnit } = options;
  const recordings = await readRecordings(
    files,
    columns === undefined ? {} : { columnMap: { columns, timeColumn, timeUnit } },
    (_, done) => progress.show(`reading ${done} of ${counted(files.length, 'file')}`),
  );
  const origin = options.startAt === 'now' ? null : options.startAt;
  const wearables = await enrolAll(recordings, options, origin ?? clock.now());
  await using clients = new AsyncDisposableStack();
  const connected = await fewAtOnce(wearables, 16, async (identity, index) => {
    progress.show(`connecting ${index + 1} of ${counted(wearables.length, 'device')}`);
    const client = await connectWearable(identity, {
      server: options.server,
      clock,
      timeoutMs: CONNECT_TIMEOUT_MS,
      client: {
        subprotocol: options.subprotocol,
        renewal: renewalStore(options.certs, identity.device),
      },
    });
    return clients.use(client);
  });

  const deliveries = await playAll(recordings, wearables, connected, origin, options, interrupted, progress);
  const totals = totalsOf(deliveries);
  const seconds = (clock.monotonic() - began) / 1000;
  progress[Symbol.dispose]();
  const interruption = interrupted.aborted ? 'Interrupted. ' : '';
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...totals, seconds, interrupted: interrupted.aborted, recordings: deliveries })}\n`
      : `${interruption}${describeTotals(totals, seconds)}.\n`,
  );
  if (totals.frames_pending > 0 || totals.samples_dropped > 0) process.exitCode = EXIT.failed;
}

function enrolAll(
  recordings: readonly Recording[],
  options: ReplayOptions,
  startsAt: EpochMs,
): Promise<readonly WearableIdentity[]> {
  const passphrase = readPassphrase(options);
  return withRegistry(options, async ({ registry, certs, clock }) => {
    const wearables: WearableIdentity[] = [];
    const { enrol } = options;
    const context = { registry, certs, passphrase, crlUrl: crlUrlOf({}), now: clock.now(), enrol };
    for (const recording of recordings) {
      const id = `${options.devicePrefix}${recording.name}`;
      const first = Math.min(0, recording.samples[0]?.offsetMs ?? 0, recording.waveforms[0]?.offsetMs ?? 0);
      wearables.push(
        await enrolWearable(context, {
          device: deviceId(id),
          patient: patientId(id),
          ward: options.ward,
          label: recording.name,
          description: `replay of a recording, ${recording.kind}`,
          intervalMs: null,
          wornFrom: Math.min(startsAt, clock.now()) + first,
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, REGISTRY_SEEN_MS));
    return wearables;
  });
}

async function playAll(
  recordings: readonly Recording[],
  wearables: readonly WearableIdentity[],
  clients: readonly DeviceClient[],
  origin: EpochMs | null,
  options: ReplayOptions,
  signal: AbortSignal,
  progress: ProgressLine,
): Promise<Delivery[]> {
  const system = systemClock();
  const from = origin ?? system.now();
  // The clients keep real time, as the server does; only what is due when runs faster.
  const pace = options.speed === 1 ? system : acceleratedClock(options.speed, system.now());
  const longestMs = Math.max(...recordings.map(({ durationMs }) => durationMs));
  let furthestMs = 0;
  return Promise.all(
    clients.map(async (client, index) => {
      const recording = recordings[index];
      const wearable = wearables[index];
      if (!recording || !wearable) throw new CodedError('internal_error', 'a device without a recording');
      let samples = 0;
      let chunks = 0;
      try {
        await playRecording({
          recording,
          client,
          clock: pace,
          startAt: from,
          signal,
          onProgress: (played) => {
            samples = played.samples;
            chunks = played.chunks;
            if (played.offsetMs <= furthestMs) return;
            furthestMs = played.offsetMs;
            progress.show(`${Math.round(furthestMs / 1000)} of ${Math.round(longestMs / 1000)} s sent`);
          },
        });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      // What is not acked by then is told in the summary and by the exit code.
      await client.drain({ timeoutMs: DRAIN_TIMEOUT_MS }).catch(() => undefined);
      const { device, patient } = wearable;
      return deliveryOf(client, { device, patient, samples_sent: samples, waveform_chunks: chunks });
    }),
  );
}

await runProgram(program);
