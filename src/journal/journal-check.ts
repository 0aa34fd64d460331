import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { isFrame, type TelemetryRecord } from '../model/record.ts';
import { decodeBatch, type StoredBatch, verifyBody } from './journal-codec.ts';

/** Marks of streams that were not heard of for so long are forgotten (see StreamMarks); a day less, for clocks. */
const MARKS_KEPT_MS = 29 * 24 * 60 * 60 * 1000;

export interface JournalCheckOptions {
  /** Also reads every record, and compares it with the marks of its stream. */
  readonly records: boolean;
  readonly now: EpochMs;
  /** Told of each fault, in words. */
  readonly fault: (problem: string) => void;
  /** Told after each batch, with the newest position. */
  readonly passed?: (position: number, newest: number) => void;
}

export interface JournalFigures {
  readonly batches: number;
  readonly records: number;
  readonly oldest: number;
  /** Position of the newest batch, 0 when there is none. */
  readonly newest: number;
  /** Position of every named reader. */
  readonly readers: Readonly<Record<string, number>>;
}

/**
 * Looks whether a journal holds what it promises: batches as they were written, none missing between two, totals that
 * add up, readers and marks that fit them. The caller holds a transaction, so that all of it is one state.
 * @throws what SQLite throws for pages that it cannot read
 */
export function checkJournal(database: DatabaseSync, options: JournalCheckOptions): JournalFigures {
  const readers = Object.fromEntries(
    database
      .prepare('SELECT name, position FROM readers ORDER BY name')
      .all()
      .map((row) => [String(row.name), Number(row.position)] as const),
  );
  const newest = Number(database.prepare('SELECT max(position) AS newest FROM batches').get()?.newest ?? 0);
  const folded = Number(database.prepare('SELECT folded FROM state').get()?.folded ?? Number.NaN);
  const marks = new Map<string, { seq: number; received: EpochMs }>();
  const figures = { batches: 0, records: 0, oldest: 0, newest, readers };
  let before: { position: number; total: number } | null = null;
  for (const row of database.prepare('SELECT * FROM batches ORDER BY position').iterate()) {
    const batch = row as unknown as StoredBatch & { readonly total: number };
    const { position, total, body } = batch;
    if (before === null) figures.oldest = position;
    else {
      if (position !== before.position + 1)
        options.fault(`${range(before.position + 1, position - 1)} missing`);
      else if (total !== before.total + body.byteLength)
        options.fault(`the total of batch ${position} does not follow from the one before`);
    }
    before = { position, total };
    figures.batches += 1;
    figures.records += batch.records;
    const records = recordsOf(batch, options);
    if (position <= folded) for (const record of records) noteMark(marks, record);
    options.passed?.(position, newest);
  }
  checkPlaces({ ...figures, folded }, options.fault);
  checkMarks(database, marks, options);
  return figures;
}

function recordsOf(batch: StoredBatch, { records, fault }: JournalCheckOptions): readonly TelemetryRecord[] {
  try {
    verifyBody(batch);
    return records ? decodeBatch(batch) : [];
  } catch (error) {
    fault(error instanceof Error ? error.message : String(error));
    return [];
  }
}

function noteMark(marks: Map<string, { seq: number; received: EpochMs }>, record: TelemetryRecord): void {
  if (!isFrame(record)) return;
  const { device, stream, seq, received } = record;
  const key = `${device} ${stream}`;
  const known = marks.get(key);
  if (known === undefined) marks.set(key, { seq, received });
  else if (seq > known.seq) {
    known.seq = seq;
    known.received = Math.max(known.received, received);
  }
}

function checkPlaces(
  { oldest, newest, readers, folded }: JournalFigures & { readonly folded: number },
  fault: (problem: string) => void,
): void {
  for (const [name, position] of Object.entries(readers)) {
    if (position > newest) fault(`reader ${name} stands at ${position}, past the newest batch ${newest}`);
    if (position < oldest - 1)
      fault(`${range(position + 1, oldest - 1)} gone, and not read by reader ${name}`);
  }
  if (!(folded >= Math.max(0, oldest - 1) && folded <= newest))
    fault(`the marks of streams are said to hold batches up to ${folded}, of ${oldest} to ${newest}`);
}

function checkMarks(
  database: DatabaseSync,
  marks: ReadonlyMap<string, { readonly seq: number; readonly received: EpochMs }>,
  { now, fault }: JournalCheckOptions,
): void {
  const select = database.prepare('SELECT seq FROM streams WHERE device = ? AND stream = ?');
  for (const [key, { seq, received }] of marks) {
    const [device = '', stream = ''] = key.split(' ');
    const mark = select.get(device, stream)?.seq;
    if (mark === undefined && received < now - MARKS_KEPT_MS) continue;
    if (Number(mark ?? 0) < seq)
      fault(`stream ${stream} of device ${device} is marked ${mark ?? 'nowhere'}, and a batch holds ${seq}`);
  }
}

function range(first: number, last: number): string {
  return first === last ? `batch ${first} is` : `batches ${first} to ${last} are`;
}
