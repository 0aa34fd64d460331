import { checkAlarmLog } from '../../src/bus/alarm-log-check.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import { checkJournal } from '../../src/journal/journal-check.ts';
import { verifyChain } from '../../src/observe/audit-chain.ts';
import { AuditReader } from '../../src/observe/audit-reader.ts';
import { prepareRows } from '../../src/registry/registry-rows.ts';
import { checkQuarantine } from './check-quarantine.ts';
import { checkTelemetry } from './check-telemetry.ts';
import { DATABASE_FILES } from './database-files.ts';
import { Snapshot } from './snapshot.ts';

/** Of more faults of one file only the number is told. */
const MAX_FAULTS = 20;
/** Faults that SQLite names itself before it stops looking. */
const MAX_PAGE_FAULTS = 10;

export interface CheckOptions {
  readonly quick: boolean;
  /** Nobody writes the files: a backup. */
  readonly unchanging: boolean;
  readonly now: EpochMs;
  readonly progress: (text: string) => void;
}

export interface FileVerdict {
  readonly file: string;
  readonly sound: boolean;
  /** What was looked at. */
  readonly detail: string;
  readonly faults: readonly string[];
  readonly moreFaults: number;
  /** What to do about it; null: nothing. */
  readonly cure: string | null;
}

/** What a file is for, as far as that says what to do when it is broken. */
const CURES: Readonly<Record<string, string>> = {
  'journal.db': 'stop the server, keep the file, and restore a backup: nothing is skipped by itself',
  'alarms.db': 'stop the server, keep the file, and restore a backup; alarms that are live are raised anew',
  'telemetry.db':
    'stop the server, keep the file, and restore a backup; what the journal still has is written again',
  'registry.db':
    'stop the server, keep the file, and restore a backup: what the revocation lists name is withdrawn again',
  'audit.db': 'keep the file with its -wal as evidence, and compare it with a backup',
  'quarantine.db': 'stop the server and move the file away: a new one is made',
};

/** Looks at one database, as one state, and changes nothing. Never throws: what cannot be read is a fault. */
export function checkDatabase(name: string, path: string, options: CheckOptions): FileVerdict {
  const faults: string[] = [];
  let more = 0;
  const fault = (problem: string): void => {
    if (faults.length < MAX_FAULTS) faults.push(problem);
    else more += 1;
  };
  let detail = '';
  try {
    const snapshot = new Snapshot(path, options);
    try {
      detail = look(name, snapshot, options, fault);
    } finally {
      snapshot[Symbol.dispose]();
    }
  } catch (error) {
    fault(error instanceof Error ? error.message : String(error));
  }
  const sound = faults.length === 0;
  const cure = sound ? null : (CURES[name] ?? 'restore a backup');
  return { file: name, sound, detail, faults, moreFaults: more, cure };
}

function look(
  name: string,
  snapshot: Snapshot,
  options: CheckOptions,
  fault: (problem: string) => void,
): string {
  const { database, schema } = snapshot;
  options.progress(`${name}: pages`);
  const pragma = options.quick ? 'quick_check' : 'integrity_check';
  const before = database.prepare(`PRAGMA ${pragma}(${MAX_PAGE_FAULTS})`).all();
  for (const row of before) {
    const said = String(Object.values(row)[0]);
    if (said !== 'ok') fault(said.replaceAll('\n', '; '));
  }
  for (const row of database.prepare('PRAGMA foreign_key_check').all()) {
    fault(`row ${String(row.rowid)} of ${String(row.table)} names a ${String(row.parent)} that is not there`);
  }
  const known = DATABASE_FILES.find((file) => file.name === name)?.schema ?? null;
  if (known !== null && schema > known) {
    fault(`it has schema version ${schema}, this release knows ${known}: look with the newer release`);
    return '';
  }
  // An older one is brought up to date by the next start; what it must hold then is not known here.
  if (known !== null && schema < known) return `pages; schema ${schema}, older than ${known}`;
  return content(name, snapshot, options, fault);
}

function content(
  name: string,
  snapshot: Snapshot,
  { quick, now, progress }: CheckOptions,
  fault: (problem: string) => void,
): string {
  const { database, path } = snapshot;
  switch (name) {
    case 'journal.db': {
      const figures = checkJournal(database, {
        ...{ records: !quick, now, fault },
        passed: (at, newest) => at % 64 === 0 && progress(`${name}: batch ${at} of ${newest}`),
      });
      return `${figures.batches} batches up to ${figures.newest}, ${figures.records} records`;
    }
    case 'alarms.db': {
      const figures = checkAlarmLog(database, {
        fault,
        passed: (done, total) => progress(`${name}: event ${done} of ${total}`),
      });
      return `${figures.events} events, ${figures.alarms} alarms, epoch ${figures.epoch}`;
    }
    case 'telemetry.db':
      return checkTelemetry(database, { quick, fault, progress: (text) => progress(`${name}: ${text}`) });
    case 'quarantine.db':
      return checkQuarantine(database, fault);
    case 'registry.db': {
      const { entries, corrupt, revision } = prepareRows(database)(0);
      for (const { message } of corrupt) fault(message);
      return `${entries.length} entries, revision ${revision}`;
    }
    case 'audit.db': {
      // The reader belongs to the snapshot's connection, which is closed with the snapshot.
      const reader = new AuditReader(path, database);
      const verdict = verifyChain(reader.entries(), {
        passed: ({ seq }) => seq % 2_000 === 0 && progress(`${name}: entry ${seq}`),
      });
      for (const trigger of reader.missingTriggers()) fault(`what refuses changes was removed: ${trigger}`);
      if (!verdict.ok) fault(`entry ${verdict.seq}: ${verdict.problem}`);
      return verdict.ok ? `${verdict.head.seq} entries, the chain is whole` : '';
    }
    default:
      return 'pages';
  }
}
