import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openStore } from '../src/app-store.ts';
import { loadConfig } from '../src/config/config.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { QuarantineDatabase, type QuarantineEntry } from '../src/store/quarantine-database.ts';
import { importQuarantineLines } from '../src/store/quarantine-import.ts';
import { adminProgram, answer, runProgram, wholeNumber } from './admin-command.ts';
import { openAdminAudit } from './audit/admin-audit.ts';
import { counted } from './counted.ts';
import { dataCommand } from './data-command.ts';
import { actsOfDrop } from './quarantine/drop.ts';
import { entryId, entryTable, entryText, toJson } from './quarantine/point-text.ts';
import { retryEntries } from './quarantine/retry.ts';
import { canAsk, confirm } from './terminal/ask.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface QuarantineOptions {
  readonly data: string;
  readonly json?: true;
}

const LIMIT = 50;
const LIMIT_MAX = 100_000;
/** Entries of one write, and of one look into the database. */
const PAGE = 1_000;
const REASON_MAX = 500;

const program = adminProgram(
  'quarantine',
  'Look at what the store refuses, give it to the store again, or throw it away. Works beside a running server.',
);

function quarantineCommand(
  usage: string,
  description: string,
  notes: string,
  examples: readonly string[],
): Command {
  return dataCommand(program, 'quarantine.db', { usage, description, notes, examples });
}

/** Opens the database where the server has one, and null where it never refused anything. */
async function openAt(data: string): Promise<QuarantineDatabase | null> {
  if (!existsSync(data)) {
    throw new CodedError(
      'data_directory_missing',
      `there is no ${data}: name the server's data directory with --data (${SETTINGS.data.key})`,
    );
  }
  const path = join(data, 'quarantine.db');
  if (!existsSync(path) && !existsSync(join(data, 'quarantine.ndjson'))) return null;
  const database = new QuarantineDatabase({ path });
  try {
    await importQuarantineLines(database, path);
  } catch (cause) {
    database[Symbol.dispose]();
    throw cause;
  }
  return database;
}

/** @throws CodedError `quarantine_entry_unknown` */
function entryOf(database: QuarantineDatabase | null, id: number): QuarantineEntry {
  const entry = database?.entry(id) ?? null;
  if (entry !== null) return entry;
  throw new CodedError(
    'quarantine_entry_unknown',
    `there is no point ${id} in quarantine: "npm run quarantine -- list" shows those that are`,
  );
}

/** The entries that a command names, a page at a time; what comes in meanwhile is left alone. */
function* chosen(
  database: QuarantineDatabase | null,
  ids: readonly number[],
  all: boolean,
): Generator<readonly QuarantineEntry[]> {
  if (all === ids.length > 0) {
    throw new CodedError('options_invalid', 'give ids, or --all for everything in quarantine');
  }
  if (!all) return yield [...new Set(ids)].sort((a, b) => a - b).map((id) => entryOf(database, id));
  if (database === null) return;
  for (let left = database.held().points, after = 0; left > 0; ) {
    const page = database.entries(after, Math.min(PAGE, left));
    if (page.length === 0) return;
    left -= page.length;
    after = page.at(-1)?.id ?? after;
    yield page;
  }
}

quarantineCommand(
  'list',
  'List points that the store refused, the oldest first.',
  'FIELDS are names, not values; show has the whole point.\n',
  ['quarantine -- list', 'quarantine -- list --after 1200 --limit 200', '-s quarantine -- list --json'],
)
  .addOption(new Option('--after <id>', 'begin behind this one').argParser(wholeNumber(0, 1e15)).default(0))
  .addOption(
    new Option('--limit <n>', `so many at most, up to ${LIMIT_MAX}`)
      .argParser(wholeNumber(1, LIMIT_MAX))
      .default(LIMIT),
  )
  .action(async (options: QuarantineOptions & { after: number; limit: number }) => {
    using database = await openAt(options.data);
    const entries = database?.entries(options.after, options.limit) ?? [];
    const total = database?.held().points ?? 0;
    const none = total === 0 ? 'Nothing is in quarantine.' : 'Nothing more.';
    const more = entries.length < total ? `${entries.length} of ${total}.\n` : '';
    answer(
      options,
      { total, entries: entries.map(toJson) },
      entries.length === 0 ? none : `${entryTable(entries)}${more}`,
    );
  });

quarantineCommand('show', 'Show one point in full, with its values, and why it was refused.', '', [
  'quarantine -- show 17',
])
  .argument('<id>', 'as list shows it', entryId)
  .action(async (id: number, options: QuarantineOptions) => {
    using database = await openAt(options.data);
    const entry = entryOf(database, id);
    answer(options, { ...toJson(entry), point: entry.point }, entryText(entry));
  });

quarantineCommand(
  'retry',
  'Give points to the store again; what it takes leaves the quarantine.',
  [
    'For when the reason is mended: a field of another type dropped, a limit raised. The store is the one that the',
    "server's settings name (VITALWIRE_STORE, INFLUX_...): run it with the same environment. Exit code 1: some were",
    'refused again and stay, or the store does not answer.\n',
  ].join('\n'),
  ['quarantine -- retry --all', 'quarantine -- retry 17 18'],
)
  .argument('[ids...]', 'as list shows them', ids)
  .option('--all', 'everything in quarantine')
  .action(async (given: readonly number[], options: QuarantineOptions & { all?: true }) => {
    using database = await openAt(options.data);
    const pages = chosen(database, given, options.all === true);
    const { config, secrets } = loadConfig(process.env);
    await using store = openStore(config, secrets, options.data);
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const clock = systemClock();
    let written = 0;
    const refused: number[] = [];
    for (const page of pages) {
      if (database === null) break;
      if (written + refused.length === 0) await store.open();
      const retried = await retryEntries(database, store, clock, page);
      written += retried.written;
      refused.push(...retried.refused);
      progress.show(`${written} written, ${refused.length} refused again`);
    }
    progress[Symbol.dispose]();
    answer(
      options,
      { written, refused },
      `${counted(written, 'point')} written to the store (${store.name}).`,
    );
    if (refused.length === 0) return;
    const some = `${refused.slice(0, 10).join(', ')}${refused.length > 10 ? ', ...' : ''}`;
    throw new CodedError(
      'quarantine_refused_again',
      `${counted(refused.length, 'point')} refused again, kept in quarantine (${some}): "npm run quarantine -- show ID" says why`,
    );
  });

quarantineCommand(
  'drop',
  'Throw points away for good. Asks first on a terminal.',
  'What is dropped is lost: it is in no store. The audit trail keeps who did it, of which device, and why.\n',
  [
    'quarantine -- drop 17 18 --reason "sent by a test device"',
    'quarantine -- drop --all --reason "..." --yes',
  ],
)
  .argument('[ids...]', 'as list shows them', ids)
  .option('--all', 'everything in quarantine')
  .requiredOption('--reason <text>', 'why: kept in the audit trail', reasonOf)
  .option('--yes', 'do not ask')
  .action(
    async (
      given: readonly number[],
      options: QuarantineOptions & { all?: true; yes?: true; reason: string },
    ) => {
      using database = await openAt(options.data);
      const all = options.all === true;
      const pages = chosen(database, given, all);
      const count = all ? (database?.held().points ?? 0) : new Set(given).size;
      // Before anything is done: what cannot be put on record is not to happen.
      await using audit = await openAdminAudit(options.data, systemClock());
      const dropped: number[] = [];
      for (const page of pages) {
        if (dropped.length === 0 && options.yes === undefined && canAsk()) {
          await confirm(`Throw ${counted(count, 'point')} away, for good?`);
        }
        database?.remove(page.map(({ id }) => id));
        for (const act of actsOfDrop(page, options.reason)) await audit.record(act);
        for (const { id } of page) dropped.push(id);
      }
      answer(options, { dropped }, `${counted(dropped.length, 'point')} thrown away.`);
    },
  );

function ids(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, entryId(text)];
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= REASON_MAX && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(reason))
    return reason;
  throw new InvalidArgumentError(`give 1 to ${REASON_MAX} characters on one line`);
}

await runProgram(program);
