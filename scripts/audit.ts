import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EpochMs } from '../src/core/clock.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { type ActorFilter, auditAnswer, parseActor } from '../src/observe/audit-answer.ts';
import { type AuditHead, verifyChain } from '../src/observe/audit-chain.ts';
import { AUDIT_ACTION_NAMES, type AuditAction } from '../src/observe/audit-entry.ts';
import { AuditReader } from '../src/observe/audit-reader.ts';
import { adminProgram, answer, runProgram, wholeNumber } from './admin-command.ts';
import { auditTable, parseHead } from './audit/audit-text.ts';
import { dataCommand } from './data-command.ts';
import { parseInstant } from './instant.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface AuditOptions {
  readonly data: string;
  readonly json?: true;
}

interface ShowOptions extends AuditOptions {
  readonly since?: EpochMs;
  readonly until?: EpochMs;
  readonly action?: AuditAction;
  readonly actor?: ActorFilter;
  readonly subject?: string;
  readonly limit: number;
}

const LIMIT = 50;
const LIMIT_MAX = 100_000;
/** Entries between two looks at the clock of the progress line. */
const PROGRESS_STEP = 5_000;

const program = adminProgram('audit', 'Read the audit trail, and prove that nobody changed it.');

/** A sub-command that needs the data directory only. */
function auditCommand(
  usage: string,
  description: string,
  notes: string,
  examples: readonly string[],
): Command {
  return dataCommand(program, 'audit.db', { usage, description, notes, examples });
}

auditCommand('show', 'Show entries, the newest last.', `Actions: ${AUDIT_ACTION_NAMES.join(', ')}.\n`, [
  'audit -- show --action denied --since 2026-05-01T00:00:00Z',
  'audit -- show --subject watch-7 --limit 200',
  'audit -- show --actor clinician:nurse-1 --json',
])
  .option('--since <time>', 'from this time on, such as 2026-05-01T08:30:00Z', parseInstant)
  .option('--until <time>', 'before this time', parseInstant)
  .addOption(new Option('--action <action>', 'this action only').argParser(parseAction))
  .option(
    '--actor <actor>',
    'done by: a name, id or address, or a kind (admin, clinician, device, server, stranger), or kind:name',
    parseActor,
  )
  .option('--subject <id>', 'done to: the id of a device, clinician, ..., or a route')
  .addOption(
    new Option('--limit <n>', `the newest so many, at most ${LIMIT_MAX}`)
      .argParser(wholeNumber(1, LIMIT_MAX))
      .default(LIMIT),
  )
  .action((options: ShowOptions) => {
    const { data, actor, ...query } = options;
    using reader = new AuditReader(join(data, 'audit.db'));
    const entries = reader.select({ ...query, ...actor });
    const none = 'No entries, or none that fit.';
    answer(options, entries.map(auditAnswer), entries.length === 0 ? none : auditTable(entries));
  });

auditCommand(
  'verify',
  'Check every entry against its hash and the one before; print the number of entries and the head.',
  [
    'The chain shows any entry that was changed, removed, put in or moved. It cannot show that the newest entries were',
    'cut off, or that all of it was written anew: note the head (SEQ:HASH) elsewhere, daily, and verify against it with',
    '--head. Exit code 1 names the first entry that is wrong.\n',
  ].join('\n'),
  [
    'audit -- verify',
    'audit -- verify --head 1042:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
    '-s audit -- verify --json   (without the lines of npm)',
  ],
)
  .option('--head <seq:hash>', 'a head noted earlier: the trail must contain and extend it', parseHead)
  .action((options: AuditOptions & { head?: AuditHead }) => {
    const path = join(options.data, 'audit.db');
    using reader = new AuditReader(path);
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const total = reader.newest();
    const verdict = verifyChain(reader.entries(), {
      ...(options.head && { noted: options.head }),
      passed: ({ seq }) => {
        if (seq % PROGRESS_STEP === 0) progress.show(`verified ${seq} of ${total} entries`);
      },
    });
    if (!verdict.ok) throw broken(`entry ${verdict.seq} of ${path}: ${verdict.problem}`);
    const gone = reader.missingTriggers();
    if (gone.length > 0) {
      throw broken(`${path}: the chain is whole, but what refuses changes was removed (${gone.join(', ')})`);
    }
    const { seq, hash } = verdict.head;
    const head = `${seq}:${hash}`;
    const noted = options.head ? ` It contains and extends entry ${options.head.seq} as it was noted.` : '';
    answer(
      options,
      { whole: true, entries: seq, head },
      `${seq} entries, the chain is whole.${noted}\nhead ${head}`,
    );
  });

function broken(what: string): CodedError {
  return new CodedError('audit_broken', `${what}: keep the file as evidence, and compare it with a backup`);
}

function parseAction(text: string): AuditAction {
  const action = AUDIT_ACTION_NAMES.find((name) => name === text);
  if (action !== undefined) return action;
  throw new InvalidArgumentError(`give one of ${AUDIT_ACTION_NAMES.join(', ')}`);
}

await runProgram(program);
