import type { Command } from 'commander';
import { openDeviceIssuer } from '../../src/identity/device-issuance.ts';
import { type WardId, wardId } from '../../src/model/ids.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { type AdminContext, answer, argument, EXIT, subcommand, withRegistry } from '../admin-command.ts';
import { withPassphrase } from '../ca-passphrase.ts';
import { counted } from '../counted.ts';
import { crlUrlOf } from '../crl-url.ts';
import { keyOption } from '../key-option.ts';
import { interruptedSignal } from '../wearables/interrupted.ts';
import { type BulkOutcome, enrolInBulk } from './bulk-enrolment.ts';
import { refuseUnwritableManifest, writeManifest } from './bulk-manifest.ts';
import { BulkProgress } from './bulk-progress.ts';
import { type BulkFault, readBulkRows } from './bulk-rows.ts';
import { BulkStaging } from './bulk-staging.ts';
import { type IssuingOptions, issuingOptions } from './issuing-options.ts';

interface BulkOptions extends IssuingOptions {
  readonly key: KeyAlgorithm;
  readonly out?: string;
  readonly addPatients?: WardId;
}

/** So many bad rows are shown; the manifest has them all. */
const FAULTS_SHOWN = 20;

/** Adds `bulk`. */
export function addBulk(program: Command): void {
  const bulk = subcommand(
    program,
    'bulk',
    'Register the devices of a CSV file and make their keys and certificates. Interrupted, it is completed by running it again; a bad row is told by its line and stops no other.',
    [
      'device -- bulk devices.csv',
      'device -- bulk devices.csv --out issued.jsonl --days 365 --json',
      'device -- bulk devices.csv --add-patients north',
    ],
  )
    .argument('<file>', 'CSV with a header: id, and any of patient, description, interval (seconds), key')
    .option('--out <file>', 'manifest in JSON lines (default: <file>.manifest.jsonl)')
    .option('--add-patients <ward>', 'register patients that are unknown, on this ward', argument(wardId))
    .addOption(keyOption());
  issuingOptions(bulk).action((file: string, options: BulkOptions) =>
    withRegistry(options, (context) => run(context, file, options)),
  );
}

async function run(context: AdminContext, file: string, options: BulkOptions): Promise<void> {
  const { certs, clock } = context;
  const { rows, faults } = await readBulkRows(file);
  const manifest = options.out ?? `${file}.manifest.jsonl`;
  await refuseUnwritableManifest(manifest);
  const issuer = await withPassphrase(options, (passphrase) =>
    openDeviceIssuer(certs, { ...passphrase, crlUrl: crlUrlOf(options) }),
  );
  const outcomes: BulkOutcome[] = faults.map((fault) => ({ status: 'failed', fault }));
  await using staging = await BulkStaging.open(certs);
  using signal = interruptedSignal();
  const watch = stopwatch(context);
  {
    using progress = new BulkProgress(clock, rows.length);
    try {
      await enrolInBulk({
        ...{ context, issuer, staging, rows, signal },
        key: options.key,
        validityDays: options.days,
        addPatients: options.addPatients ?? null,
        onOutcome(outcome) {
          outcomes.push(outcome);
          progress.step();
        },
      });
    } finally {
      await writeManifest(manifest, outcomes);
    }
  }
  report(options, {
    file,
    manifest,
    outcomes,
    left: rows.length + faults.length - outcomes.length,
    ...watch(),
  });
}

/** What a run took. */
interface Took {
  readonly seconds: number;
  /** Processor time over wall time, all threads: 1 is a core that was busy throughout. */
  readonly cpuShare: number;
  /** The share of the time in which there was nothing to do but wait for the disk. */
  readonly waitShare: number;
}

/** More than this and a faster disk would have helped. */
const WAIT_BOUND = 0.1;

function stopwatch({ clock }: AdminContext): () => Took {
  const begun = clock.monotonic();
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  return () => {
    const elapsed = Math.max(1, clock.monotonic() - begun);
    const { user, system } = process.cpuUsage(cpu);
    const { utilization } = performance.eventLoopUtilization(loop);
    return {
      seconds: elapsed / 1000,
      cpuShare: (user + system) / 1000 / elapsed,
      waitShare: 1 - utilization,
    };
  };
}

interface BulkResult extends Took {
  readonly file: string;
  readonly manifest: string;
  readonly outcomes: readonly BulkOutcome[];
  /** Rows that were not begun when it was interrupted. */
  readonly left: number;
}

function report(options: BulkOptions, result: BulkResult): void {
  const { file, manifest, outcomes, left, seconds, cpuShare, waitShare } = result;
  const faults = outcomes.flatMap((one) => (one.status === 'failed' ? [one.fault] : []));
  const issued = outcomes.filter(({ status }) => status === 'issued').length;
  const present = outcomes.length - issued - faults.length;
  faults.sort((a, b) => a.line - b.line);
  showFaults(faults, manifest);
  const rate = issued / seconds;
  const bound = waitShare < WAIT_BOUND ? 'cpu' : 'disk';
  const busy = `${percent(cpuShare)} of one core, waited ${percent(waitShare)} for the disk: bound by the ${bound === 'cpu' ? 'CPU' : 'disk'}`;
  const lines = [
    issued === 0
      ? 'Issued 0 devices.'
      : `Issued ${counted(issued, 'device')} in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} a second (${busy}).`,
    `${counted(present, 'device')} had theirs already, ${counted(faults.length, 'row')} failed.`,
    `Manifest: ${manifest}. Files: a directory for each device in ${options.certs}/devices.`,
  ];
  if (left > 0) {
    lines.push(
      `Interrupted with ${counted(left, 'row')} to go. To go on, run the same again: npm run device -- bulk ${file}`,
    );
  }
  answer(
    options,
    {
      ...{ rows: outcomes.length + left, issued, present, failed: faults.length, left, manifest },
      seconds: Number(seconds.toFixed(3)),
      devices_per_second: Number(rate.toFixed(1)),
      cpu_share: Number(cpuShare.toFixed(3)),
      wait_share: Number(waitShare.toFixed(3)),
      bound_by: bound,
      failures: faults,
    },
    lines.join('\n'),
  );
  if (left > 0) process.exitCode = EXIT.interrupted;
  else if (faults.length > 0) process.exitCode = EXIT.failed;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function showFaults(faults: readonly BulkFault[], manifest: string): void {
  const shown = faults
    .slice(0, FAULTS_SHOWN)
    .map(({ line, code, message }) => `line ${line}: ${message} (${code})\n`);
  if (faults.length > FAULTS_SHOWN)
    shown.push(`and ${faults.length - FAULTS_SHOWN} more: ${manifest} has them all\n`);
  process.stderr.write(shown.join(''));
}
