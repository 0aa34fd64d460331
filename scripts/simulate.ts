import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeviceClient } from '../src/client/device-client.ts';
import { type EpochMs, systemClock } from '../src/core/clock.ts';
import { codeOf } from '../src/core/coded-error.ts';
import { deviceId, patientId } from '../src/model/ids.ts';
import { adminProgram, EXIT, runProgram, wholeNumber, withRegistry } from './admin-command.ts';
import { readPassphrase } from './ca-passphrase.ts';
import { counted } from './counted.ts';
import { crlUrlOf } from './crl-url.ts';
import { createCrowd, type Member } from './simulate/crowd.ts';
import type { SyntheticSignal } from './simulate/waveform-source.ts';
import { Wearer } from './simulate/wearer.ts';
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

interface SimulateOptions extends WearableServerOptions {
  readonly devices: number;
  readonly seconds?: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly deteriorate: number;
  readonly waveforms?: true;
  readonly seed: number;
}

const REGISTRY_SEEN_MS = 400;
const CONNECT_TIMEOUT_MS = 15_000;
const DRAIN_TIMEOUT_MS = 60_000;
const WAVEFORMS: readonly SyntheticSignal[] = ['ecg_ii', 'ppg', 'resp'];

/** `500ms`, `1s`, `1m` in milliseconds. */
function interval(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(count) * ({ ms: 1, s: 1_000, m: 60_000 }[unit] ?? Number.NaN);
  if (ms >= 100 && ms <= 3_600_000) return ms;
  throw new InvalidArgumentError('give a duration from 100ms to 60m, such as 1s');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('give a fraction from 0 to 1, such as 0.25');
}

const program: Command = wearableServerOptions(
  adminProgram('simulate', 'Stream plausible people to a running server, each with a wearable.')
    .addOption(new Option('--devices <n>', 'wearables').argParser(wholeNumber(1, 100_000)).default(4))
    .addOption(
      new Option('--seconds <s>', 'how long (default: until Ctrl-C)').argParser(positiveNumber(31_536_000)),
    )
    .addOption(
      new Option('--interval <time>', 'how often each measures').argParser(interval).default(1_000, '1s'),
    )
    .addOption(
      new Option('--deteriorate <fraction>', 'share of the people who get worse within the first minutes')
        .argParser(share)
        .default(0.25),
    )
    .option('--waveforms', 'stream ECG, PPG and respiration too (else only when a clinician asks)')
    .addOption(
      new Option('--seed <n>', 'the same seed makes the same people')
        .argParser(wholeNumber(0, 2 ** 31))
        .default(1),
    ),
  'ward-1',
).addHelpText(
  'after',
  `
Devices and patients are sim-1, sim-2, ...; they are kept, so that a second run goes on with the same.
Who deteriorates comes first: desaturation, tachycardia, bradycardia, bradypnoea, tachypnoea, fever, hypotension.

Examples:
  $ npm run simulate -- --devices 4
  $ npm run simulate -- --devices 200 --interval 5s --deteriorate 0.05 --seconds 600
  $ npm run simulate -- --devices 2 --waveforms --subprotocol vitalwire.v1.cbor --seed 7

Exit code: 0 all acked, 1 not, 2 wrong usage.
`,
);

program.action((options: SimulateOptions) => simulate(options));

async function simulate(options: SimulateOptions): Promise<void> {
  using interrupted = interruptedSignal();
  using progress = new ProgressLine(process.stderr, !options.json);
  const clock = systemClock();
  const began = clock.monotonic();
  const wearables = await enrolAll(options, clock.now(), progress);
  const startAt = clock.now();
  const { devices: count, seed, deteriorate, interval: intervalMs } = options;
  const crowd = createCrowd({ count, seed, startAt, intervalMs, deteriorate });
  const signals = options.waveforms ? WAVEFORMS : [];
  const wearers = crowd.map((member) => new Wearer({ member, clock, startAt, intervalMs, signals }));
  await using open = new AsyncDisposableStack();
  const clients = await fewAtOnce(wearables, 16, async (identity, index) => {
    progress.show(`connecting ${index + 1} of ${counted(count, 'device')}`);
    const commands = wearers[index]?.commands ?? {};
    const client = await connectWearable(identity, {
      server: options.server,
      clock,
      timeoutMs: CONNECT_TIMEOUT_MS,
      client: {
        subprotocol: options.subprotocol,
        commands,
        renewal: renewalStore(options.certs, identity.device),
      },
    });
    return open.use(client);
  });
  progress[Symbol.dispose]();
  announce(crowd, wearables, options);
  const shown = clock.every(1_000, () =>
    progress.show(
      describeTotals(totalsOf(deliveries(wearables, wearers, clients)), (clock.monotonic() - began) / 1000),
    ),
  );
  const until = options.seconds === undefined ? Number.POSITIVE_INFINITY : startAt + options.seconds * 1000;
  await Promise.all(
    clients.map(async (client, index) => {
      await wearers[index]?.run(client, until, interrupted).catch((error: unknown) => {
        if (interrupted.aborted) return;
        if (codeOf(error) !== 'client_stopped') throw error;
        // One that is turned away for good is told, and ends the stream of no other.
        progress[Symbol.dispose]();
        const why = error instanceof Error ? error.message : String(error);
        process.stderr.write(`device ${wearables[index]?.device} is out: ${why}\n`);
        process.exitCode = EXIT.failed;
      });
      // What is not acked by then is told in the summary and by the exit code.
      await client.drain({ timeoutMs: DRAIN_TIMEOUT_MS }).catch((error: unknown) => {
        if (codeOf(error) !== 'drain_timeout' && codeOf(error) !== 'client_stopped') throw error;
      });
    }),
  );
  shown.cancel();
  progress[Symbol.dispose]();
  const results = deliveries(wearables, wearers, clients);
  const totals = totalsOf(results);
  const seconds = (clock.monotonic() - began) / 1000;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...totals, seed, seconds, devices_detail: results })}\n`
      : `${describeTotals(totals, seconds)}.\n`,
  );
  if (totals.frames_pending > 0 || totals.samples_dropped > 0) process.exitCode = EXIT.failed;
}

function announce(
  crowd: readonly Member[],
  wearables: readonly WearableIdentity[],
  options: SimulateOptions,
): void {
  if (options.json) return;
  const failing = crowd.flatMap(({ course }, index) =>
    course.kind === 'stable'
      ? []
      : [`${wearables[index]?.device} ${course.kind} from ${Math.round(course.onsetMs / 1000)} s`],
  );
  const [some, more] = [
    failing.slice(0, 7).join(', '),
    failing.length > 7 ? `, and ${failing.length - 7} more` : '',
  ];
  process.stdout.write(
    `${counted(crowd.length, 'person', 'people')} on ${options.ward}, seed ${options.seed}. Deteriorating: ${some || 'none'}${more}.\n`,
  );
}

function deliveries(
  wearables: readonly WearableIdentity[],
  wearers: readonly Wearer[],
  clients: readonly DeviceClient[],
): Delivery[] {
  return clients.flatMap((client, index) => {
    const wearable = wearables[index];
    const sent = wearers[index]?.sent;
    if (!wearable || !sent) return [];
    const { device, patient } = wearable;
    return [
      deliveryOf(client, { device, patient, samples_sent: sent.samples, waveform_chunks: sent.chunks }),
    ];
  });
}

function enrolAll(
  options: SimulateOptions,
  now: EpochMs,
  progress: ProgressLine,
): Promise<readonly WearableIdentity[]> {
  const passphrase = readPassphrase(options);
  return withRegistry(options, async ({ registry, certs }) => {
    const wearables: WearableIdentity[] = [];
    const context = { registry, certs, passphrase, crlUrl: crlUrlOf({}), now, enrol: options.enrol };
    for (let number = 1; number <= options.devices; number += 1) {
      progress.show(`enrolling ${number} of ${counted(options.devices, 'device')}`);
      wearables.push(
        await enrolWearable(context, {
          device: deviceId(`sim-${number}`),
          patient: patientId(`sim-${number}`),
          ward: options.ward,
          label: `Simulated ${number}`,
          description: 'simulated wearable',
          intervalMs: null,
          wornFrom: now,
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, REGISTRY_SEEN_MS));
    return wearables;
  });
}

await runProgram(program);
