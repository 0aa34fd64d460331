import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../src/core/coded-error.ts';
import { type ColumnMap, mappedColumns } from './column-map.ts';
import { type CsvRow, csvRows } from './csv-rows.ts';
import { EMPATICA_FILES, isEmpatica, readEmpatica } from './empatica.ts';
import { isMonitorNumerics, readMonitorNumerics } from './monitor-numerics.ts';
import { isMonitorWaveforms, readMonitorWaveforms } from './monitor-waveforms.ts';
import { contentOf, makeRecording, type Recording } from './recording.ts';
import { recordingError } from './recording-error.ts';
import { readVitalColumns } from './vital-columns.ts';

export interface ReadOptions {
  /** For plain CSV; files of a known format are read as what they are. */
  readonly columnMap?: ColumnMap;
}

/**
 * Reads a recording: a CSV file whose header tells its format, or a folder of Empatica files, which is one device.
 * @throws CodedError `bad_recording` naming file, line, column and value
 */
export async function readRecording(path: string, options: ReadOptions = {}): Promise<Recording> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause: unknown) => {
      throw recordingError({ path }, `can't be read (${codeOf(cause)}): name a CSV file or a folder`, cause);
    },
  );
  if (!isFolder) return readFile(path, options);
  const files = (await readdir(path)).filter((file) => EMPATICA_FILES.includes(file)).sort();
  const parts = await Promise.all(files.map((file) => readFile(join(path, file), options)));
  const [first, ...others] = parts;
  if (!first)
    throw recordingError({ path }, `holds none of ${EMPATICA_FILES.join(', ')}: name its files one by one`);
  return others.reduce(merge, first);
}

/**
 * Reads several, in the order given. Files of one device (numerics and signals of one patient, files of one Empatica
 * folder) become one recording: a device has one connection.
 * @throws CodedError `bad_recording`, also when two recordings of one name hold the same vital
 */
export async function readRecordings(
  paths: readonly string[],
  options: ReadOptions = {},
  onRead: (recording: Recording, done: number) => void = () => undefined,
): Promise<Recording[]> {
  const byName = new Map<string, Recording>();
  let done = 0;
  for (const path of paths) {
    const recording = await readRecording(path, options);
    const same = byName.get(recording.name);
    byName.set(recording.name, same ? merge(same, recording) : recording);
    done += 1;
    onRead(recording, done);
  }
  return [...byName.values()];
}

async function readFile(path: string, { columnMap }: ReadOptions): Promise<Recording> {
  await using rows = csvRows(path);
  const { value: first } = await rows.next();
  if (!first) throw recordingError({ path }, 'is empty');
  const header = first.cells;
  const base = { name: nameOf(path), paths: [path], recordedAt: null };
  if (isMonitorNumerics(header))
    return makeRecording({
      ...base,
      kind: 'monitor_numerics',
      samples: await readMonitorNumerics(path, header, rows),
    });
  if (isMonitorWaveforms(header))
    return makeRecording({
      ...base,
      kind: 'monitor_waveforms',
      waveforms: await readMonitorWaveforms(path, header, rows),
    });
  if (isEmpatica(path, header)) {
    const { recordedAt, samples } = await readEmpatica(path, first, rows);
    return makeRecording({ ...base, name: nameOf(dirname(path)), kind: 'empatica', recordedAt, samples });
  }
  // Awaited here: `rows` is closed when this function returns.
  if (columnMap) return await mapped(path, base, first, rows, columnMap);
  throw recordingError(
    { path, line: 1 },
    `the header ${JSON.stringify(header.join(', ').slice(0, 120))} is of no known format: say with --column-map and --time-column what its columns are`,
  );
}

async function mapped(
  path: string,
  base: Pick<Recording, 'name' | 'paths' | 'recordedAt'>,
  first: CsvRow,
  rows: AsyncIterable<CsvRow>,
  columnMap: ColumnMap,
): Promise<Recording> {
  const samples = await readVitalColumns(path, rows, mappedColumns(path, first.cells, columnMap));
  return makeRecording({ ...base, kind: 'mapped_columns', samples });
}

/** Two recordings of one device as one, on the time of the earlier. */
function merge(a: Recording, b: Recording): Recording {
  const content = contentOf(a);
  const twice = [...contentOf(b)].find((name) => content.has(name));
  if (twice !== undefined)
    throw recordingError(
      { path: b.paths.join(', ') },
      `is of the same name ("${b.name}") as ${a.paths.join(', ')}, and both hold ${twice}: rename one`,
    );
  const origin = Math.min(a.recordedAt ?? Number.POSITIVE_INFINITY, b.recordedAt ?? Number.POSITIVE_INFINITY);
  const shift = (recording: Recording): number =>
    recording.recordedAt === null ? 0 : recording.recordedAt - origin;
  const moved = <Part extends { readonly offsetMs: number }>(parts: readonly Part[], by: number): Part[] =>
    parts.map((part) => ({ ...part, offsetMs: part.offsetMs + by }));
  return makeRecording({
    name: a.name,
    kind: a.kind,
    paths: [...a.paths, ...b.paths],
    recordedAt: Number.isFinite(origin) ? origin : null,
    samples: together([...moved(a.samples, shift(a)), ...moved(b.samples, shift(b))]),
    waveforms: [...moved(a.waveforms, shift(a)), ...moved(b.waveforms, shift(b))],
  });
}

/** Samples of the same moment as one. */
function together(samples: Recording['samples']): Recording['samples'] {
  const byOffset = new Map<number, Recording['samples'][number]>();
  for (const sample of samples) {
    const same = byOffset.get(sample.offsetMs);
    byOffset.set(
      sample.offsetMs,
      same ? { ...same, ...sample, values: { ...same.values, ...sample.values } } : sample,
    );
  }
  return [...byOffset.values()];
}

/** Name of a file or folder as part of a device id: without extension and format, odd characters turned to dashes. */
function nameOf(path: string): string {
  const plain = basename(path)
    .replace(/\.csv$/i, '')
    .replace(/_(numerics|signals)$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, 48) || 'recording';
}
