import type { Signal } from '../../src/model/signal.ts';
import { MAX_VALUES_PER_WAVEFORM } from '../../src/protocol/limits.ts';
import { type CsvRow, cellNumber } from './csv-rows.ts';
import type { RecordedChunk } from './recording.ts';
import { recordingError } from './recording-error.ts';

const TIME = 'Time [s]';
/** Columns of the signals of BIDMC. AVR is left out: the catalogue has no augmented leads. */
const COLUMNS: Readonly<Record<string, Signal | null>> = {
  RESP: 'resp',
  PLETH: 'ppg',
  V: 'ecg_v',
  AVR: null,
  II: 'ecg_ii',
};

/** Whether a header is of a monitor's signals. */
export function isMonitorWaveforms(header: readonly string[]): boolean {
  const [time, ...others] = header;
  return time === TIME && others.every((name) => Object.hasOwn(COLUMNS, name)) && others.includes('PLETH');
}

/**
 * Reads the rows below such a header into chunks of one second. The rate is that of the first two rows (125 Hz in
 * BIDMC). A missing value ends its signal's chunk: a trace has no holes.
 * @throws CodedError `bad_recording`
 */
export async function readMonitorWaveforms(
  path: string,
  header: readonly string[],
  rows: AsyncIterable<CsvRow>,
): Promise<RecordedChunk[]> {
  const traces = header.flatMap((name, index) => {
    const signal = COLUMNS[name];
    return signal ? [new Trace(signal, name, index)] : [];
  });
  let firstAt: number | null = null;
  let rateHz: number | null = null;
  for await (const row of rows) {
    const at = cellNumber(path, row, 0, TIME);
    if (at === null) throw recordingError({ path, line: row.line, column: TIME }, 'a row needs a time');
    if (firstAt !== null && rateHz === null) {
      if (at <= firstAt)
        throw recordingError({ path, line: row.line, column: TIME }, `time ${at} does not follow ${firstAt}`);
      rateHz = Number((1 / (at - firstAt)).toFixed(6));
    }
    firstAt ??= at;
    for (const trace of traces) trace.add(at, cellNumber(path, row, trace.index, trace.name), rateHz);
  }
  if (rateHz === null) throw recordingError({ path }, 'holds less than two rows: there is no rate');
  for (const trace of traces) trace.end(rateHz);
  return traces.flatMap(({ chunks }) => chunks);
}

/** The chunks of one column as they grow. */
class Trace {
  readonly signal: Signal;
  readonly name: string;
  readonly index: number;
  readonly chunks: RecordedChunk[] = [];
  #startS = 0;
  #values: number[] = [];

  constructor(signal: Signal, name: string, index: number) {
    this.signal = signal;
    this.name = name;
    this.index = index;
  }

  add(atS: number, value: number | null, rateHz: number | null): void {
    const full = rateHz !== null && this.#values.length >= Math.min(rateHz, MAX_VALUES_PER_WAVEFORM);
    if (rateHz !== null && (value === null || full)) this.end(rateHz);
    if (value === null) return;
    if (this.#values.length === 0) this.#startS = atS;
    this.#values.push(value);
  }

  end(rateHz: number): void {
    if (this.#values.length === 0) return;
    const offsetMs = Math.round(this.#startS * 1000);
    this.chunks.push({ offsetMs, signal: this.signal, rateHz, values: this.#values });
    this.#values = [];
  }
}
