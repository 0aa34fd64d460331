import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId, type PatientId, patientId } from '../../src/model/ids.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { KEY_ALGORITHMS } from '../key-option.ts';

/** One device that is to be issued. */
export interface BulkRow {
  /** Of the file, from 1. */
  readonly line: number;
  readonly id: DeviceId;
  /** Who is to wear it; null: that stays as it is. */
  readonly patient: PatientId | null;
  readonly description: string;
  readonly intervalMs: number | null;
  /** Null: as for the others. */
  readonly key: KeyAlgorithm | null;
}

/** A line that cannot be done, and why. */
export interface BulkFault {
  readonly line: number;
  /** As far as the line says one. */
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

const COLUMNS = ['id', 'patient', 'description', 'interval', 'key'] as const;
type Column = (typeof COLUMNS)[number];
type Cells = Readonly<Partial<Record<Column, string>>>;

/** Rows of one file; more are better given in several. */
const MAX_ROWS = 100_000;
/** The longest cell is a description of 500 characters. */
const MAX_LINE = 4_096;
const INTERVAL_MOST_S = 86_400;

/**
 * Reads a CSV file of devices. Each line stands for itself: what is wrong with one leaves the others as they are.
 * @throws CodedError `bulk_file_unreadable`, `bulk_header_invalid`, `bulk_file_too_long`: about the file as a whole
 */
export async function readBulkRows(
  path: string,
): Promise<{ readonly rows: readonly BulkRow[]; readonly faults: readonly BulkFault[] }> {
  const rows: BulkRow[] = [];
  const faults: BulkFault[] = [];
  const seen = new Map<DeviceId, number>();
  let header: readonly Column[] | null = null;
  for await (const { line, text } of linesOf(path)) {
    if (text.trim() === '') continue;
    if (header === null) {
      header = readHeader(path, line, text);
      continue;
    }
    if (rows.length + faults.length >= MAX_ROWS) {
      throw new CodedError(
        'bulk_file_too_long',
        `${path} has more than ${MAX_ROWS} rows: give it in several files`,
      );
    }
    try {
      const row = readRow(line, cellsOf(text, header));
      const before = seen.get(row.id);
      if (before !== undefined) {
        throw new CodedError('duplicate_id', `device id "${row.id}" is on line ${before} already`);
      }
      seen.set(row.id, line);
      rows.push(row);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      faults.push({ line, id: idIn(text, header), code: error.code, message: error.message });
    }
  }
  if (header === null) throw badHeader(path, 1, 'it is empty');
  return { rows, faults };
}

async function* linesOf(path: string): AsyncGenerator<{ line: number; text: string }> {
  const input = createReadStream(path, 'utf8');
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  // Awaited below; without a handler of its own an early failure would end the process.
  failed.catch(() => {});
  try {
    await Promise.race([failed, new Promise((resolve) => input.once('open', resolve))]);
    let line = 0;
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      yield { line, text: line === 1 ? text.replace(/^\uFEFF/, '') : text };
    }
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'bulk_file_unreadable',
      `${path} cannot be read (${codeOf(cause)}): name a CSV file with the columns ${COLUMNS.join(', ')}`,
      { cause },
    );
  } finally {
    input.destroy();
  }
}

function readHeader(path: string, line: number, text: string): readonly Column[] {
  const names = split(text).map((name) => name.toLowerCase());
  for (const [index, name] of names.entries()) {
    if (!COLUMNS.includes(name as Column))
      throw badHeader(path, line, `${JSON.stringify(name)} is no column`);
    if (names.indexOf(name) !== index) throw badHeader(path, line, `"${name}" stands in it twice`);
  }
  if (!names.includes('id')) throw badHeader(path, line, 'there is no column "id"');
  return names as readonly Column[];
}

function badHeader(path: string, line: number, what: string): CodedError {
  return new CodedError(
    'bulk_header_invalid',
    `${path}, line ${line}: ${what}: begin with a header of "id" and any of ${COLUMNS.slice(1).join(', ')}, comma separated`,
  );
}

function split(text: string): readonly string[] {
  if (text.length > MAX_LINE) throw malformed(`it is longer than ${MAX_LINE} characters`);
  try {
    return parse(text, { trim: true, relax_column_count: true })[0] ?? [];
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function malformed(what: string, cause?: unknown): CodedError {
  return new CodedError(
    'row_malformed',
    `not a line of CSV (${what}): put quotes around a cell with a comma, and double those inside it`,
    { cause },
  );
}

function cellsOf(text: string, header: readonly Column[]): Cells {
  const cells = split(text);
  if (cells.length !== header.length) {
    throw new CodedError(
      'row_malformed',
      `${cells.length} cells where the header has ${header.length}: put quotes around a cell with a comma`,
    );
  }
  return Object.fromEntries(header.map((name, index) => [name, cells[index] ?? '']));
}

function readRow(
  line: number,
  { id = '', patient = '', description = '', interval = '', key = '' }: Cells,
): BulkRow {
  return {
    line,
    id: deviceId(id),
    patient: patient === '' ? null : patientId(patient),
    description,
    intervalMs: readInterval(interval),
    key: readKey(key),
  };
}

function readInterval(text: string): number | null {
  if (text === '') return null;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= INTERVAL_MOST_S) return seconds * 1000;
  throw new CodedError(
    'invalid_interval',
    `interval ${JSON.stringify(text.slice(0, 40))} is not valid: give whole seconds from 1 to ${INTERVAL_MOST_S}, or nothing`,
  );
}

function readKey(text: string): KeyAlgorithm | null {
  if (text === '') return null;
  const found = KEY_ALGORITHMS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new CodedError(
    'invalid_key',
    `key ${JSON.stringify(text.slice(0, 40))} is not valid: give ${KEY_ALGORITHMS.join(' or ')}, or nothing`,
  );
}

/** What a bad line says its id is, cut and cleaned: it goes to a terminal. */
function idIn(text: string, header: readonly Column[]): string {
  const cell = text.split(',')[header.indexOf('id')] ?? '';
  return cell
    .trim()
    .slice(0, 64)
    .replaceAll(/[^\x20-\x7e]/g, '?');
}
