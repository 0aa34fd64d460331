import { type Command, Option } from 'commander';
import { FeedClient } from '../src/client/feed-client.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { type Clock, sleep, systemClock } from '../src/core/clock.ts';
import { CodedError, codeOf } from '../src/core/coded-error.ts';
import { authorityPaths, loadTokenKeys } from '../src/identity/certificate-directory.ts';
import { admitClinician, issueClinicianToken } from '../src/identity/clinician-token.ts';
import { readCredential } from '../src/identity/credential-file.ts';
import {
  type ClinicianId,
  clinicianId,
  type PatientId,
  patientId,
  type WardId,
  wardId,
} from '../src/model/ids.ts';
import type { FeedFrame } from '../src/protocol/feed-frames.ts';
import {
  adminProgram,
  argument,
  argumentList,
  runProgram,
  settingOption,
  withRegistry,
} from './admin-command.ts';
import { eventLine } from './watch/event-line.ts';
import { Screen } from './watch/screen.ts';
import { WardState } from './watch/ward-state.ts';
import { wardTable } from './watch/ward-table.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { httpsUrl, positiveNumber } from './wearables/server-options.ts';

interface WatchOptions {
  readonly server: URL;
  readonly ward?: WardId;
  readonly patient?: readonly PatientId[];
  readonly since?: string;
  readonly token?: string;
  readonly clinician?: ClinicianId;
  readonly certs: string;
  readonly data: string;
  readonly issuer: string;
  readonly seconds?: number;
  readonly json?: true;
}

const CONNECT_TIMEOUT_MS = 15_000;
const TOKEN_TTL_S = 3_600;
const REDRAW_MS = 1_000;

const program: Command = adminProgram('watch', 'Watch a ward live, as a clinician.')
  .option('--ward <ward>', 'everyone on a ward (default: everyone in your scope)', argument(wardId))
  .addOption(
    new Option('--patient <id>', 'only this patient, may be repeated')
      .argParser(argumentList(patientId))
      .conflicts('ward'),
  )
  .option('--since <cursor>', 'first tell every alarm event after this cursor of an earlier run')
  .addOption(new Option('--token <token>', 'bearer token of a clinician').env('VITALWIRE_TOKEN'))
  .addOption(
    new Option('--clinician <id>', 'make tokens for this clinician, with the keys in --certs')
      .argParser(argument(clinicianId))
      .conflicts('token'),
  )
  .addOption(
    new Option('--server <url>', 'base of the clinician listener')
      .argParser(httpsUrl)
      .default(new URL('https://localhost:8444'), 'https://localhost:8444'),
  )
  .addOption(settingOption('--certs <dir>', 'certificates directory', SETTINGS.certs))
  .addOption(settingOption('--data <dir>', 'data directory of the server, holds registry.db', SETTINGS.data))
  .addOption(settingOption('--issuer <text>', "the server's token issuer", SETTINGS.issuer))
  .addOption(
    new Option('--seconds <s>', 'how long (default: until Ctrl-C)').argParser(positiveNumber(31_536_000)),
  )
  .option('--json', 'one line of JSON for each frame of the feed')
  .addHelpText(
    'after',
    `
In a terminal: a table, the worst alarm first; a value that is too old is shown as --.
Elsewhere, or with --json: one line for each event.

Examples:
  $ npm run watch -- --ward ward-1 --clinician nurse-1
  $ npm run watch -- --patient p-12 --patient p-14 --clinician nurse-1
  $ VITALWIRE_TOKEN="$(npm run -s clinician -- token nurse-1)" npm run watch -- --ward ward-1
  $ npm run -s watch -- --clinician nurse-1 --json | jq 'select(.type == "alarm")'

A token on the command line can be read by others on this machine: prefer --clinician or VITALWIRE_TOKEN.
Exit code: 0 ended by Ctrl-C or --seconds, 1 not allowed or not reachable, 2 wrong usage.
`,
  );

program.action((options: WatchOptions) => watch(options));

async function watch(options: WatchOptions): Promise<void> {
  using interrupted = interruptedSignal();
  const clock = systemClock();
  const token = await tokenOf(options, clock);
  await using client = new FeedClient({
    url: options.server,
    token,
    ca: await readCredential(
      authorityPaths(options.certs, 'root').certificate,
      'name the certificates directory of the server with --certs or VITALWIRE_CERTS_DIR',
    ),
    clock,
  });
  const ended = Promise.withResolvers<never>();
  // Also when nobody waits for it any more.
  ended.promise.catch(() => undefined);
  client.on('closed', ({ reconnectInMs, code, reason, error }) => {
    if (reconnectInMs !== null || interrupted.aborted) return;
    const why = error?.message ?? `${code} ${reason}`;
    const cause = error ?? undefined;
    ended.reject(new CodedError('feed_closed', `the feed was closed for good: ${why}`, { cause }));
  });
  await Promise.race([connect(client, options, clock, interrupted), ended.promise]);
  if (interrupted.aborted) return;

  using _shown =
    process.stdout.isTTY && !options.json ? showTable(client, options, clock) : printEvents(client, options);
  const { patient: patients, ward, since } = options;
  await client.subscribe({
    ...(patients === undefined ? {} : { patients }),
    ...(ward === undefined ? {} : { ward }),
    ...(since === undefined ? {} : { since }),
  });
  const lasts = options.seconds === undefined ? 2 ** 31 - 1 : options.seconds * 1000;
  const over = sleep(clock, Math.min(lasts, 2 ** 31 - 1), interrupted).catch(() => undefined);
  await Promise.race([over, ended.promise]);
}

/** A token that was given, or a way to make them; a clinician who is not registered is told at once. */
async function tokenOf(options: WatchOptions, clock: Clock): Promise<string | (() => Promise<string>)> {
  const { clinician, token, issuer, certs } = options;
  if (token !== undefined) return token;
  if (clinician === undefined)
    return program.error('error: --clinician or --token is missing: give one, or set VITALWIRE_TOKEN', {
      exitCode: 2,
    });
  const keys = await loadTokenKeys(certs);
  await withRegistry(options, async ({ registry }) => void admitClinician(registry, clinician, clock.now()));
  return async () => {
    const issued = await issueClinicianToken(keys, {
      clinician,
      issuer,
      ttlS: TOKEN_TTL_S,
      now: clock.now(),
    });
    return issued.token;
  };
}

/** Waits for the first connection; later ones are the client's own business. @throws CodedError `not_connected` */
async function connect(
  client: FeedClient,
  { server }: WatchOptions,
  clock: Clock,
  interrupted: AbortSignal,
): Promise<void> {
  const reasons: string[] = [];
  client.on('trouble', (error) => reasons.splice(0, 1, error.message || codeOf(error)));
  const connected = Promise.withResolvers<void>();
  client.once('connected', connected.resolve);
  client.start();
  using stack = new DisposableStack();
  const decided = stack.adopt(new AbortController(), (controller) => controller.abort());
  const late = sleep(clock, CONNECT_TIMEOUT_MS, AbortSignal.any([interrupted, decided.signal])).then(
    () => {
      const why = reasons[0] ?? 'it does not answer';
      throw new CodedError(
        'not_connected',
        `could not connect to ${server.origin} (${why}): check --server and --certs`,
      );
    },
    () => undefined,
  );
  await Promise.race([connected.promise, late]);
}

const FRAMES = [
  ...(['snapshot', 'vitals', 'alarm', 'unattended', 'presence'] as const),
  ...(['access', 'shelf', 'observation', 'news2', 'service', 'gap', 'heartbeat', 'waveform'] as const),
] as const;

function printEvents(client: FeedClient, { json }: WatchOptions): Disposable {
  const print = (frame: FeedFrame): void => {
    const line = json ? JSON.stringify(frame) : eventLine(frame);
    if (line !== null) process.stdout.write(`${line}\n`);
  };
  for (const name of FRAMES) client.on(name, print);
  client.on('closed', ({ code, reason, reconnectInMs }) => {
    if (reconnectInMs !== null) process.stderr.write(`connection lost (${code} ${reason}), coming back\n`);
  });
  return { [Symbol.dispose]: () => client.removeAllListeners() };
}

function showTable(client: FeedClient, { ward, patient }: WatchOptions, clock: Clock): Disposable {
  const state = new WardState();
  const screen = new Screen(process.stdout);
  const title = ward ?? patient?.join(', ') ?? 'all patients in scope';
  const colour = process.stdout.hasColors() && !process.env.NO_COLOR;
  const draw = (): void =>
    screen.draw(
      wardTable(state, {
        title,
        now: clock.now() + state.skewMs,
        width: screen.width,
        height: screen.height,
        colour,
      }),
    );
  state.connected();
  client.on('snapshot', (frame) => {
    state.connected();
    state.heard(frame.time, clock.now());
    state.snapshot(frame);
    draw();
  });
  client.on('vitals', (frame) => {
    state.heard(frame.time, clock.now());
    state.vitals(frame);
  });
  client.on('alarm', (frame) => {
    state.alarm(frame);
    draw();
  });
  client.on('unattended', (frame) => {
    state.attendance(frame);
    draw();
  });
  client.on('presence', (frame) => state.presence(frame));
  client.on('news2', (frame) => state.news2(frame));
  client.on('service', (frame) => {
    state.service = frame;
    draw();
  });
  client.on('closed', () => {
    state.lost(clock.now());
    draw();
  });
  const timer = clock.every(REDRAW_MS, draw);
  draw();
  return {
    [Symbol.dispose]() {
      timer.cancel();
      client.removeAllListeners();
      screen[Symbol.dispose]();
    },
  };
}

await runProgram(program);
