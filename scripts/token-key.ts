import { InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../src/core/clock.ts';
import { loadTokenKeySet } from '../src/identity/certificate-directory.ts';
import { changeTokenKeySet } from '../src/identity/token-key-file.ts';
import {
  newestOf,
  pruned,
  rotated,
  signerOf,
  type TokenKeyEntry,
  type TokenKeySet,
} from '../src/identity/token-key-set.ts';
import { isPrivate } from '../src/identity/token-keys.ts';
import { type AdminOptions, adminProgram, answer, runProgram, subcommand } from './admin-command.ts';
import { openAdminAudit } from './audit/admin-audit.ts';
import { parseDuration } from './instant.ts';
import { formatTable } from './table.ts';

interface RotateOptions extends AdminOptions {
  readonly signIn: number;
  readonly overlap: number;
  readonly compromised?: true;
}

/** What may be told of a key: never its private part. */
interface KeyFacts {
  readonly kid: string;
  readonly state: 'published' | 'signing' | 'verifying' | 'ended';
  readonly sign_from: number;
  readonly verify_until: number | null;
  readonly private_part: boolean;
}

const DAY_S = 86_400;
/** The longest life of a clinician's token (`clinician token --ttl`); a device's is 24 h at most. */
const LONGEST_TOKEN_S = 31 * DAY_S;
/** Every process and every cache of `/.well-known/jwks.json` should have the new key by then. */
const SIGN_IN_S = 5 * 60;

const program = adminProgram('token-key', 'Rotate and show the keys that sign tokens.');

const nowS = (): number => Math.floor(systemClock().now() / 1000);

subcommand(
  program,
  'rotate',
  'Make a new key. It is published at once and signs after a while; the former keys verify until their tokens have ended.',
  [
    'token-key -- rotate',
    'token-key -- rotate --sign-in 1h --overlap 24h',
    'token-key -- rotate --compromised   (every token ends now: devices fetch new ones, people need new ones)',
  ],
)
  .addOption(
    new Option('--sign-in <duration>', 'when the new key begins to sign: 0s, 5m, 1h')
      .argParser(durationFrom0)
      .default(SIGN_IN_S, '5m'),
  )
  .addOption(
    new Option('--overlap <duration>', 'how long the former keys verify after that: 24h, 31d')
      .argParser(parseDuration(366 * DAY_S))
      .default(LONGEST_TOKEN_S, '31d, the longest life of a token'),
  )
  .addOption(
    new Option('--compromised', 'the former keys end now, and every token with them').conflicts([
      'signIn',
      'overlap',
    ]),
  )
  .action(async (options: RotateOptions) => {
    const clock = systemClock();
    const now = Math.floor(clock.now() / 1000);
    const overlapS = options.compromised === true ? null : options.overlap;
    // Before anything is done: what cannot be put on record is not to happen.
    await using audit = await openAdminAudit(options.data, clock);
    const set = await changeTokenKeySet(options.certs, (former) =>
      rotated(former, { signInS: options.signIn, overlapS }, now),
    );
    const { kid, sign_from } = newestOf(set);
    const details = {
      sign_from: instant(sign_from),
      former: overlapS === null ? 'compromised' : `verify for ${overlapS} s after`,
    };
    await audit.record({ action: 'token_key_rotated', subject: kid, details });
    answer(options, { keys: facts(set, now) }, `${table(set, now)}${afterRotation(options, set, now)}`);
  });

subcommand(
  program,
  'prune',
  'Remove the private part of keys that will not sign again, and keys that ended. A rotation does so too.',
  ['token-key -- prune', 'token-key -- prune --json'],
).action(async (options: AdminOptions) => {
  const now = nowS();
  const set = await changeTokenKeySet(options.certs, (former) => pruned(former, now));
  answer(options, { keys: facts(set, now) }, table(set, now));
});

subcommand(program, 'show', 'List the keys: which signs, which verify, until when.', [
  'token-key -- show',
  'token-key -- show --json',
]).action(async (options: AdminOptions) => {
  const now = nowS();
  const set = await loadTokenKeySet(options.certs);
  answer(options, { keys: facts(set, now) }, table(set, now));
});

/** As `parseDuration`, and 0s: at once. */
function durationFrom0(text: string): number {
  if (/^0[smhd]$/.test(text)) return 0;
  try {
    return parseDuration(DAY_S)(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError('give a duration such as 0s, 5m or 1h, at most 1d');
  }
}

function facts(set: TokenKeySet, now: number): readonly KeyFacts[] {
  return set.map((entry) => ({
    kid: entry.kid,
    state: stateOf(set, entry, now),
    sign_from: entry.sign_from,
    verify_until: entry.verify_until,
    private_part: isPrivate(entry.jwk),
  }));
}

function stateOf(set: TokenKeySet, entry: TokenKeyEntry, now: number): KeyFacts['state'] {
  if (entry === signerOf(set, now)) return 'signing';
  if (entry.verify_until !== null && entry.verify_until <= now) return 'ended';
  return entry.sign_from > now ? 'published' : 'verifying';
}

function table(set: TokenKeySet, now: number): string {
  return formatTable<KeyFacts>(
    [
      { heading: 'KEY', value: ({ kid }) => kid },
      { heading: 'STATE', value: ({ state }) => state },
      { heading: 'SIGNS FROM', value: ({ sign_from }) => (sign_from === 0 ? 'always' : instant(sign_from)) },
      {
        heading: 'VERIFIES UNTIL',
        value: ({ verify_until }) => (verify_until === null ? 'no end' : instant(verify_until)),
      },
      { heading: 'PRIVATE PART', value: ({ private_part }) => (private_part ? 'kept' : 'removed') },
    ],
    facts(set, now),
  );
}

function afterRotation(options: RotateOptions, set: TokenKeySet, now: number): string {
  if (options.compromised) return 'Every token issued before has ended. People need new ones.\n';
  const lines: string[] = [];
  if (options.overlap < LONGEST_TOKEN_S) {
    lines.push('Tokens that last longer than the overlap end with the former keys.');
  }
  const from = newestOf(set).sign_from;
  if (from > now) lines.push(`Next, after ${instant(from)}: npm run token-key -- prune`);
  return lines.map((line) => `${line}\n`).join('');
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

await runProgram(program);
