import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { backtestText } from '../../scripts/limits/backtest-text.ts';
import type { BacktestReport } from '../../src/model/backtest.ts';
import { deviceId, patientId } from '../../src/model/ids.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';
import { runCommand } from '../support/script-run.ts';

// The script reads the embedded store beside the server that has it open.
const server = await runningServer(t);
await server.wearable('watch-1', 'p-1');
await server.wearable('watch-2', 'p-quiet');
const begin = Math.floor(Date.now() / 1_000) * 1_000 - 7_200_000;
const spo2 = [97, 88, 97, 78, 97].flatMap((value, i) =>
  Array.from({ length: [60, 120, 300, 70, 60][i]! }, () => value),
);
await server.app.store.write(
  spo2.map((value, i) => ({
    measurement: 'vitals',
    patient: patientId('p-1'),
    device: deviceId('watch-1'),
    t: begin + i * 1_000,
    values: { spo2: value },
    quality: null,
    received: null,
  })),
);
const limits = (code: number, line: string) =>
  runCommand(
    t,
    server.directory,
    code,
    `limits backtest ${line} --data ${join(server.directory, 'var')} --certs ${join(server.directory, 'certs')}`,
  );
const PROPOSED = 'spo2:low --patient p-1 --high 75 --high-delay 3 --margin 1';
const choice = {
  target: 'spo2:low',
  tiers: [{ priority: 'high', threshold: 75, onset_delay_ms: 3_000, clear_delay_ms: 5_000, clear_margin: 1 }],
};

t.test('tells a nurse what today’s and the proposed limits do, and what would be missed', async (t) => {
  const { stdout } = await limits(0, PROPOSED);
  t.match(stdout, /^Patient p-1, .*: measured for 10 min 9 s\.$/m);
  t.match(stdout, /^ +TODAY +PROPOSED$/m);
  t.match(stdout, /^alarms +2 +0$/m);
  t.match(stdout, /^ {2}high priority +1 +0$/m);
  t.match(stdout, /^of spo2:low +2 +0$/m);
  t.match(stdout, /^longest +1 min 50 s +-$/m);
  t.match(stdout, /^spo2 below 80 %, 1 min or longer +1 +0 +1$/m);
  t.match(stdout, /^spo2 below 80 % +\d{4}-\S+Z +1 min 9 s +78 +alarmed +NO ALARM$/m);
  t.notMatch(stdout, /undefined|NaN|\[object/);
});

t.test('alarms per day are told of an hour or more: of less only a program is', async (t) => {
  const { stdout } = await limits(0, PROPOSED);
  t.match(stdout, /^Less than an hour was measured: too little to tell per day\.$/m);
  t.notMatch(stdout, /24 h/);
  const report = (await limits(0, `${PROPOSED} --json`)).json as BacktestReport;
  t.equal(Math.round(report.today.a_patient_day?.high ?? 0), Math.round(86_400 / report.monitored_s));
  const text = (monitored_s: number) => backtestText({ ...report, monitored_s });
  t.match(text(3_599), /too little to tell/);
  t.match(text(3_600), /^alarms in 24 h +\d+\.\d +0\.0$/m);
  t.notMatch(text(3_600), /too little to tell/);
});

t.test('answers in JSON what REST answers, by options or by a file', async (t) => {
  const file = join(server.directory, 'proposed.json');
  writeFileSync(file, JSON.stringify([choice]));
  const byOptions = (await limits(0, `${PROPOSED} --days 2 --json`)).json as BacktestReport;
  const byFile = (await limits(0, `--patient p-1 --days 2 --file ${file} --json`)).json as BacktestReport;
  const { body } = await rest(server, await server.token('nurse-1'), '/v1/patients/p-1/limits/backtest', {
    method: 'POST',
    body: { limits: [choice], from: byOptions.from, to: byOptions.to },
  });
  t.same(byOptions, body);
  const { from, to } = byOptions;
  t.equal(to - from, 2 * 86_400_000);
  t.same({ ...byFile, from, to }, byOptions);
  t.equal(byOptions.moments, spo2.length);
});

t.test('a target switched off, an end in the past, and a patient of whom nothing is stored', async (t) => {
  const until = new Date(begin + 200_000).toISOString();
  const off = (await limits(0, `spo2:low --patient p-1 --off --to ${until} --json`)).json as BacktestReport;
  t.match(off, { moments: 200, to: begin + 200_000, today: { raised: 1 }, proposed: { raised: 0 } });
  t.match((await limits(0, 'spo2:low --patient p-quiet --off')).stdout, /nothing is stored of this time/);
  t.strictSame(server.registry.limitOverrides(), [], 'nothing was changed');
});

t.test('what is missing or contradicts itself is said', async (t) => {
  for (const [code, line, message] of [
    [2, '--patient p-1', /nothing is proposed: name a target and its tiers, or --file/],
    [2, 'spo2:low --patient p-1', /no tier of spo2:low is given/],
    [2, 'spo2:low --patient p-1 --off --high 80', /--off and --high exclude each other/],
    [2, 'spo2:low --patient p-1 --file x.json', /--file and spo2:low exclude each other/],
    [1, 'spo2:low --patient p-1 --high 101', /101/],
    [1, 'spo2:low --patient p-nobody --off', /p-nobody.*not registered/],
    [2, 'spo2:low --patient p-1 --off --days 8', /whole number from 1 to 7/],
    [2, 'spo2:low --off', /--patient/],
  ] as const) {
    const { stderr, stdout } = await limits(code, line);
    t.match(stderr, message, line);
    t.equal(stdout, '', line);
  }
  const elsewhere = await runCommand(
    t,
    server.directory,
    1,
    `limits backtest ${PROPOSED} --data ${join(server.directory, 'elsewhere')}`,
  );
  t.match(elsewhere.stderr, /not registered/);
});
