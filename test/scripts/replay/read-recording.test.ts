import { join } from 'node:path';
import t from 'tap';
import { parseColumnMap } from '../../../scripts/replay/column-map.ts';
import { readRecording, readRecordings } from '../../../scripts/replay/read-recording.ts';
import { contentOf, valueCount } from '../../../scripts/replay/recording.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../../support/recordings.ts';

t.test('monitor numerics: one moment a row, NaN left out, times as they stand', async (t) => {
  const directory = t.testdir({
    'bed_7_Numerics.csv': 'Time [s], HR, PULSE, RESP, SpO2\n-1,66,NaN,4,100\n0,NaN,NaN,NaN,NaN\n1,,67,0,99\n',
  });
  const recording = await readRecording(join(directory, 'bed_7_Numerics.csv'));
  t.match(recording, { name: 'bed_7', kind: 'monitor_numerics', recordedAt: null, durationMs: 1000 });
  t.same(recording.samples, [
    { offsetMs: -1000, values: { heart_rate: 66, resp_rate: 4, spo2: 100 } },
    { offsetMs: 1000, values: { pulse_rate: 67, resp_rate: 0, spo2: 99 } },
  ]);
  t.equal(valueCount(recording), 6);
});

t.test('monitor signals become chunks of one second; a missing value ends its chunk', async (t) => {
  const rows = Array.from({ length: 10 }, (_, i) => `${i * 0.25},${i},${i === 5 ? 'NaN' : i / 10},1,2,3`);
  const directory = t.testdir({ 'a_Signals.csv': `Time [s], RESP, PLETH, V, AVR, II\n${rows.join('\n')}\n` });
  const { waveforms, samples, durationMs } = await readRecording(join(directory, 'a_Signals.csv'));
  t.same(samples, []);
  t.equal(durationMs, 2500);
  t.same(
    waveforms.filter(({ signal }) => signal === 'resp'),
    [
      { offsetMs: 0, signal: 'resp', rateHz: 4, values: [0, 1, 2, 3] },
      { offsetMs: 1000, signal: 'resp', rateHz: 4, values: [4, 5, 6, 7] },
      { offsetMs: 2000, signal: 'resp', rateHz: 4, values: [8, 9] },
    ],
  );
  t.same(
    waveforms
      .filter(({ signal }) => signal === 'ppg')
      .map(({ offsetMs, values }) => [offsetMs, values.length]),
    [
      [0, 4],
      [1000, 1],
      [1500, 4],
    ],
  );
  t.same([...new Set(waveforms.map(({ signal }) => signal))].sort(), ['ecg_ii', 'ecg_v', 'ppg', 'resp']);
});

const empatica = {
  'HR.csv': '1644844469.000000\n1.000000\n85.00\n86.50\n',
  'IBI.csv': '1644844459.000000, IBI\n10.5,0.75\n12.25,0.5\n',
  'TEMP.csv': '1644844459.000000\n4.000000\n31.91\n31.95\n',
};

t.test('an Empatica folder is one device, its files on the time of the earliest', async (t) => {
  const recording = await readRecording(join(t.testdir({ S1: empatica }), 'S1'));
  t.match(recording, { name: 'S1', kind: 'empatica', recordedAt: 1_644_844_459_000 });
  t.same(recording.samples, [
    { offsetMs: 0, values: { skin_temp: 31.91 } },
    { offsetMs: 250, values: { skin_temp: 31.95 } },
    { offsetMs: 10_000, values: { heart_rate: 85 } },
    { offsetMs: 10_500, values: { pulse_rate: 80 } },
    { offsetMs: 11_000, values: { heart_rate: 86.5 } },
    { offsetMs: 12_250, values: { pulse_rate: 120 } },
  ]);
});

t.test('files of one folder given one by one are one device too', async (t) => {
  const directory = join(t.testdir({ S1: empatica }), 'S1');
  const files = Object.keys(empatica).map((file) => join(directory, file));
  const [recording, ...others] = await readRecordings(files);
  t.same(others, []);
  t.same(recording?.samples, (await readRecording(directory)).samples);
});

t.test('plain CSV is read by the column map, its times counted from the first row', async (t) => {
  const directory = t.testdir({
    'night.csv': 'when,Sat,HR,note\n1700000000000,97,70,\n1700000001500,,71,ok\n1700000002000,,,gone\n',
  });
  const columns = parseColumnMap('heart_rate=HR, spo2=Sat');
  const recording = await readRecording(join(directory, 'night.csv'), {
    columnMap: { columns, timeColumn: 'when', timeUnit: 'ms' },
  });
  t.same(recording.samples, [
    { offsetMs: 0, values: { heart_rate: 70, spo2: 97 } },
    { offsetMs: 1500, values: { heart_rate: 71 } },
  ]);
});

t.test('what is wrong is told with file, line, column and value', async (t) => {
  const directory = t.testdir({
    'bad_value.csv': 'Time [s], HR, PULSE, RESP, SpO2\n0,66,66,4,100\n\n1,66,high,4,100\n',
    'no_time.csv': 'Time [s], HR\n,66\n',
    'unknown.csv': 'a,b,c\n1,2,3\n',
    'empty.csv': '',
    a: { 'x.csv': 'Time [s], HR\n0,1\n' },
    b: { 'x.csv': 'Time [s], HR\n0,1\n' },
    folder: {},
  });
  const at = (name: string): string => join(directory, name);
  const cases: [string[], RegExp][] = [
    [['bad_value.csv'], /bad_value\.csv, line 4, column "PULSE": "high" is not a number/],
    [['no_time.csv'], /no_time\.csv, line 2, column "Time \[s\]": a row needs a time/],
    [
      ['unknown.csv'],
      /unknown\.csv, line 1: the header "a, b, c" is of no known format: say with --column-map/,
    ],
    [['empty.csv'], /empty\.csv: is empty/],
    [['missing.csv'], /missing\.csv: can't be read \(ENOENT\)/],
    [['folder'], /folder: holds none of HR\.csv, IBI\.csv, TEMP\.csv/],
    [['a/x.csv', 'b/x.csv'], /same name \("x"\).*both hold heart_rate: rename one/],
  ];
  for (const [names, message] of cases)
    await t.rejects(readRecordings(names.map(at)), { code: 'bad_recording', message }, names.join(' and '));
  const columnMap = { columns: parseColumnMap('spo2=Sat'), timeColumn: 'a', timeUnit: 's' as const };
  await t.rejects(readRecording(at('unknown.csv'), { columnMap }), {
    message: /column "Sat": there is no such column, only "a", "b", "c": change --column-map/,
  });
  t.throws(() => parseColumnMap('pulse=HR'), { code: 'invalid_column_map', message: /"pulse=HR"/ });
});

const recordings = recordingsDirectory();
const skip = recordings === null ? 'the recordings are not beside the repository' : false;

t.test('every value of the monitor recordings is read, as another reader does', { skip }, async (t) => {
  for (const path of numericRecordings(recordings ?? '')) {
    const { samples } = await readRecording(path);
    t.same(
      samples.map(({ offsetMs, values }) => ({ t: offsetMs, ...values })),
      readNumerics(path),
      path,
    );
  }
});

t.test('numerics and signals of one patient are one device', { skip }, async (t) => {
  const [recording, ...others] = await readRecordings([
    join(recordings ?? '', 'bidmc/numerics/bidmc_01_Numerics.csv'),
    join(recordings ?? '', 'bidmc/signals/bidmc_01_Signals.csv'),
  ]);
  t.same(others, []);
  t.equal(recording?.name, 'bidmc_01');
  const values = recording?.waveforms.reduce((sum, chunk) => sum + chunk.values.length, 0);
  t.equal(values, 4 * 60_001);
  t.ok(recording?.waveforms.every(({ rateHz }) => rateHz === 125));
});

t.test('the Empatica recordings hold what their wearers did', { skip }, async (t) => {
  const recording = await readRecording(join(recordings ?? '', 'stress_predict/S10'));
  t.same([...contentOf(recording)].sort(), ['heart_rate', 'pulse_rate', 'skin_temp']);
  // HR.csv starts ten seconds after the others; its value 2239 s later is above 130.
  const fast = recording.samples.find(({ offsetMs }) => offsetMs === 2_249_000 + 20_000);
  t.ok((fast?.values.heart_rate ?? 0) > 120, `${fast?.values.heart_rate}`);
});
