import { basename } from 'node:path';
import type { EpochMs } from '../../src/core/clock.ts';
import type { Vital } from '../../src/model/vital.ts';
import { type CsvRow, cellNumber } from './csv-rows.ts';
import type { RecordedSample } from './recording.ts';
import { recordingError } from './recording-error.ts';

/**
 * Files of an Empatica E4 that hold vitals. HR is the device's own average over ten seconds: heart_rate. IBI holds
 * single intervals between pulse beats, only where the sensor was sure of them: 60 / interval is the pulse rate beat by
 * beat. It is sent as pulse_rate, since mixed into heart_rate it would set a beat against an average and a limit's
 * onset delay would count from single beats; its gaps are gaps of pulse_rate, as the sensor had them.
 */
const FILES: Readonly<Record<string, Vital>> = {
  'HR.csv': 'heart_rate',
  'IBI.csv': 'pulse_rate',
  'TEMP.csv': 'skin_temp',
};

export const EMPATICA_FILES = Object.keys(FILES);

export interface EmpaticaFile {
  readonly recordedAt: EpochMs;
  readonly samples: readonly RecordedSample[];
}

/** Whether a file is of an E4: by its name and its first line, the start time in seconds since 1970. */
export function isEmpatica(path: string, firstCells: readonly string[]): boolean {
  return Object.hasOwn(FILES, basename(path)) && Number(firstCells[0]) > 1e9;
}

/**
 * Reads an E4 file whose first line was `first`. Offsets count from that file's own start time.
 * @throws CodedError `bad_recording`
 */
export async function readEmpatica(
  path: string,
  first: CsvRow,
  rows: AsyncIterable<CsvRow>,
): Promise<EmpaticaFile> {
  const vital = FILES[basename(path)];
  if (vital === undefined) throw recordingError({ path }, `name one of ${EMPATICA_FILES.join(', ')}`);
  const recordedAt = Math.round(1000 * required(path, first, 0, 'start time'));
  const samples = vital === 'pulse_rate' ? await intervals(path, rows) : await series(path, vital, rows);
  return { recordedAt, samples };
}

/** Lines of `offset in seconds, interval in seconds`. */
async function intervals(path: string, rows: AsyncIterable<CsvRow>): Promise<RecordedSample[]> {
  const samples: RecordedSample[] = [];
  for await (const row of rows) {
    const offset = required(path, row, 0, 'offset');
    const interval = required(path, row, 1, 'interval');
    if (interval <= 0)
      throw recordingError({ path, line: row.line, column: 'interval' }, `${interval} is not above 0`);
    samples.push({
      offsetMs: Math.round(offset * 1000),
      values: { pulse_rate: Math.round(600 / interval) / 10 },
    });
  }
  return samples;
}

/** The rate in Hz, then one value a line. */
async function series(path: string, vital: Vital, rows: AsyncIterable<CsvRow>): Promise<RecordedSample[]> {
  const samples: RecordedSample[] = [];
  let rateHz: number | null = null;
  let index = 0;
  for await (const row of rows) {
    if (rateHz === null) {
      rateHz = required(path, row, 0, 'rate');
      if (rateHz <= 0)
        throw recordingError({ path, line: row.line, column: 'rate' }, `${rateHz} Hz is not above 0`);
      continue;
    }
    const value = cellNumber(path, row, 0, 'value');
    if (value !== null)
      samples.push({ offsetMs: Math.round((index * 1000) / rateHz), values: { [vital]: value } });
    index += 1;
  }
  return samples;
}

function required(path: string, row: CsvRow, index: number, column: string): number {
  const value = cellNumber(path, row, index, column);
  if (value === null) throw recordingError({ path, line: row.line, column }, 'the value is missing');
  return value;
}
