import { ALARM_LOG_MIGRATIONS } from '../../src/bus/alarm-log-schema.ts';
import { JOURNAL_MIGRATIONS } from '../../src/journal/journal-schema.ts';
import { AUDIT_MIGRATIONS } from '../../src/observe/audit-schema.ts';
import { REGISTRY_MIGRATIONS } from '../../src/registry/registry-schema.ts';
import { QUARANTINE_MIGRATIONS } from '../../src/store/quarantine-database.ts';
import { TELEMETRY_MIGRATIONS } from '../../src/store/store-sqlite-schema.ts';

/** A database of the data directory. */
export interface DatabaseFile {
  readonly name: string;
  /** Newest schema that this release knows. */
  readonly schema: number;
  /** Every data directory that a server has used has it. */
  readonly always: boolean;
}

/**
 * The databases in the order in which their snapshots are taken, which is what makes them a set.
 *
 * The journal is first. What its readers have committed is a claim about the others: the store's reader says "all up to
 * here is in telemetry.db, or in quarantine", the alarm log's says "all alarm events up to here are in alarms.db". A
 * claim is made after it has come true, so whatever is copied later than the journal holds at least what the journal
 * claims of it. What it holds beyond that is read again from the journal after a restore, and written a second time
 * under the same keys (moment, cursor, observation), which changes nothing. The other way round a reader could stand
 * past batches that the older telemetry.db lacks, and that were trimmed.
 * The quarantine comes before the store, since a retry writes a point to the store and then takes it out of the quarantine.
 * The registry comes after them, so that whoever a record names is in it; the audit trail after the registry, since an
 * act is put on record once it is done.
 * All snapshots are taken before the first page is copied, so that they lie milliseconds apart, however long copying takes.
 */
export const DATABASE_FILES: readonly DatabaseFile[] = [
  { name: 'journal.db', schema: JOURNAL_MIGRATIONS.length, always: true },
  { name: 'alarms.db', schema: ALARM_LOG_MIGRATIONS.length, always: true },
  { name: 'quarantine.db', schema: QUARANTINE_MIGRATIONS.length, always: false },
  { name: 'telemetry.db', schema: TELEMETRY_MIGRATIONS.length, always: false },
  { name: 'registry.db', schema: REGISTRY_MIGRATIONS.length, always: true },
  { name: 'audit.db', schema: AUDIT_MIGRATIONS.length, always: true },
];

/**
 * Files that are no database and are copied as they are. Left out are what counts for one process only (server.lock,
 * server.pid, alarm-state.json) and the key of TLS tickets, which must not outlive its day.
 */
export const PLAIN_FILES: readonly string[] = ['quarantine.ndjson', 'crl-numbers.json'];
