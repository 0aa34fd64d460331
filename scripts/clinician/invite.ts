import { type Command, InvalidArgumentError, Option } from 'commander';
import { CONSOLE_SETTINGS, consoleUrlOf } from '../../src/config/console-settings.ts';
import { read } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { admitClinician } from '../../src/identity/clinician-token.ts';
import { issueInvitation, signInLink } from '../../src/identity/console-sessions.ts';
import { MAX_INVITATION_MS } from '../../src/model/console-session.ts';
import { type ClinicianId, clinicianId } from '../../src/model/ids.ts';
import { type AdminOptions, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { parseDuration } from '../instant.ts';

interface InviteOptions extends AdminOptions {
  readonly ttl: number;
  readonly url?: string;
}

const DEFAULT_TTL_S = 15 * 60;

/** Adds `invite`. */
export function addInvite(program: Command): void {
  const { key, parse, allowed } = CONSOLE_SETTINGS.consoleUrl;
  subcommand(
    program,
    'invite',
    'Print a link to sign in with at the console, once. Whoever opens it first is that clinician.',
    [
      'clinician -- invite nurse-1',
      'clinician -- invite nurse-1 --ttl 8h --url https://vitals.hospital.example',
      '-s clinician -- invite nurse-1 --json | jq -r .link',
    ],
  )
    .argument('<id>', 'clinician id', argument(clinicianId))
    .addOption(
      new Option('--ttl <duration>', 'how long it may be used: 90s, 15m, 8h, at most 24h')
        .argParser(parseDuration(MAX_INVITATION_MS / 1_000))
        .default(DEFAULT_TTL_S, '15m'),
    )
    .addOption(
      new Option('--url <url>', 'where people open the console (default: this machine, the clinician port)')
        .env(key)
        .argParser((text) => {
          const url = parse(text.trim());
          if (url === null) throw new InvalidArgumentError(`give ${allowed}`);
          return url;
        }),
    )
    .action((id: ClinicianId, options: InviteOptions) =>
      withRegistry(options, async ({ registry, audit, clock }) => {
        if (registry.clinician(id) === undefined) {
          throw new CodedError(
            'unknown_clinician',
            `clinician "${id}" is not registered: add them first with "npm run clinician -- add ${id} --role <role>"`,
          );
        }
        const { id: clinician } = admitClinician(registry, id, clock.now());
        const url = consoleUrl(options);
        const { code, invitation } = await issueInvitation(
          { registry, clock },
          { clinician, ttlMs: options.ttl * 1_000 },
        );
        const until = new Date(invitation.until).toISOString();
        // Before it is shown: an invitation that is not on record is nobody's.
        await audit.record({ action: 'invitation_issued', subject: id, details: { until } });
        const link = signInLink(url, code);
        answer(options, { clinician, link, until: invitation.until }, link);
        if (!options.json) process.stderr.write(`For one use, until ${until}.\n`);
      }),
    );
}

/** @throws CodedError `options_invalid` */
function consoleUrl({ url }: InviteOptions): string {
  const { clinicianPort } = SETTINGS;
  const port = read(process.env, clinicianPort);
  if (!url && port === 0) {
    throw new CodedError(
      'options_invalid',
      `${clinicianPort.key}=0 does not say at which port the server listens: give --url`,
    );
  }
  return consoleUrlOf(url || null, port);
}
