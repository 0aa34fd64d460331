import { request } from 'node:https';
import { type Command, Option } from 'commander';
import { SETTINGS } from '../../src/config/settings.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { authorityPaths, loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { admitClinician, issueClinicianToken } from '../../src/identity/clinician-token.ts';
import { readCredential } from '../../src/identity/credential-file.ts';
import {
  type ClinicianId,
  clinicianId,
  type PatientId,
  patientId,
  type WardId,
  wardId,
} from '../../src/model/ids.ts';
import { answer, argument, settingOption, withRegistry } from '../admin-command.ts';
import { httpsUrl } from '../wearables/server-options.ts';
import { type FiguresAnswer, figuresText } from './figures-text.ts';

interface FiguresOptions {
  readonly ward?: WardId;
  readonly patient?: PatientId;
  readonly from?: string;
  readonly to?: string;
  readonly server: URL;
  readonly token?: string;
  readonly clinician?: ClinicianId;
  readonly certs: string;
  readonly data: string;
  readonly issuer: string;
  readonly json?: true;
}

const ANSWER_WITHIN_MS = 30_000;
const TOKEN_TTL_S = 300;

/** Adds `figures`: the key figures of a ward or a patient, asked of a running server, which alone reads its log. */
export function addFiguresCommand(program: Command): void {
  program
    .command('figures')
    .description('Ask a running server for the key figures of the alarms of a ward or a patient (ISA-18.2).')
    .option('--ward <ward>', 'of a ward: of its patients whom you may see', argument(wardId))
    .addOption(
      new Option('--patient <id>', 'of one patient').argParser(argument(patientId)).conflicts('ward'),
    )
    .option('--from <time>', 'ISO 8601; default 24 h before --to', argument(instant))
    .option('--to <time>', 'ISO 8601; default now', argument(instant))
    .addOption(new Option('--token <token>', 'bearer token of a clinician').env('VITALWIRE_TOKEN'))
    .addOption(
      new Option('--clinician <id>', 'make a token for this clinician, with the keys in --certs')
        .argParser(argument(clinicianId))
        .conflicts('token'),
    )
    .addOption(
      new Option('--server <url>', 'base of the clinician listener')
        .argParser(httpsUrl)
        .default(new URL('https://localhost:8444'), 'https://localhost:8444'),
    )
    .addOption(settingOption('--certs <dir>', 'certificates directory', SETTINGS.certs))
    .addOption(
      settingOption('--data <dir>', 'data directory of the server, holds registry.db', SETTINGS.data),
    )
    .addOption(settingOption('--issuer <text>', "the server's token issuer", SETTINGS.issuer))
    .option('--json', 'answer with one JSON value instead of text')
    .addHelpText(
      'after',
      `
Examples:
  $ npm run alarms -- figures --ward ward-1 --clinician nurse-1
  $ npm run -s alarms -- figures --patient p-12 --clinician nurse-1 --from 2026-01-01T00:00:00Z --json

Exit code: 0 done, 1 not allowed or not reachable, 2 wrong usage.`,
    )
    .action((options: FiguresOptions, command: Command) => figures(options, command));
}

function instant(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new CodedError('invalid_time', `${JSON.stringify(text)} is no time: give 2026-01-31T08:00:00Z`);
  return String(at);
}

async function figures(options: FiguresOptions, command: Command): Promise<void> {
  const { ward, patient, from, to } = options;
  if (ward === undefined && patient === undefined)
    return command.error('error: --ward or --patient is missing: give one');
  const of = ward === undefined ? `/v1/patients/${patient}` : `/v1/wards/${ward}`;
  const url = new URL(`${of}/key-figures`, options.server);
  if (from !== undefined) url.searchParams.set('from', from);
  if (to !== undefined) url.searchParams.set('to', to);
  const ca = await readCredential(
    authorityPaths(options.certs, 'root').certificate,
    'name the certificates directory of the server with --certs or VITALWIRE_CERTS_DIR',
  );
  const found = await ask(url, await tokenOf(options, command), ca);
  answer(options, found, figuresText(ward ?? patient ?? '', found));
}

async function tokenOf(options: FiguresOptions, command: Command): Promise<string> {
  const { token, clinician, certs, issuer } = options;
  if (token !== undefined) return token;
  if (clinician === undefined)
    return command.error('error: --clinician or --token is missing: give one, or set VITALWIRE_TOKEN');
  await withRegistry(options, async ({ registry }) => void admitClinician(registry, clinician, Date.now()));
  const asked = { clinician, issuer, ttlS: TOKEN_TTL_S, now: Date.now() };
  return (await issueClinicianToken(await loadTokenKeys(certs), asked)).token;
}

/** @throws CodedError `not_connected`, or the code of the server's refusal */
function ask(url: URL, token: string, ca: string): Promise<FiguresAnswer> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): void => {
      const cure = 'check --server and --certs';
      const message = `could not ask ${url.origin} (${cause.message}): ${cure}`;
      reject(new CodedError('not_connected', message, { cause }));
    };
    const headers = { authorization: `Bearer ${token}` };
    const call = request(url, { ca, headers, agent: false, timeout: ANSWER_WITHIN_MS }, async (response) => {
      try {
        const text = (await response.toArray()).join('');
        const body = JSON.parse(text) as FiguresAnswer & { readonly code?: string; readonly detail?: string };
        if (response.statusCode === 200) return resolve(body);
        reject(new CodedError(body.code ?? 'refused', `the server refused: ${body.detail ?? text}`));
      } catch (cause) {
        unreachable(cause as Error);
      }
    });
    call.on('timeout', () => call.destroy(new Error('it does not answer')));
    call.on('error', unreachable);
    call.end();
  });
}
