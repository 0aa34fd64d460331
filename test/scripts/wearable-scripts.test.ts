import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { SETTINGS } from '../../src/config/settings.ts';
import { eventually } from '../support/eventually.ts';
import { runningServer } from '../support/running-server.ts';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script as a person does; `until`: stopped with Ctrl-C once its output matches. */
function run(script: string, args: readonly string[], until?: RegExp): Promise<Run> {
  const path = fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    // A folder without a .env, and none of this process's settings.
    cwd: t.testdirName,
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  let out = '';
  let err = '';
  let stopped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    // Once: a second Ctrl-C ends a script at once.
    if (!stopped && until?.test(out)) stopped = child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const rows = Array.from({ length: 60 }, (_, i) => `${i},${70 + (i % 5)},NaN,15,${i < 50 ? 85 : 'NaN'}`);
const folder = t.testdir({
  'bed_4_Numerics.csv': `Time [s], HR, PULSE, RESP, SpO2\n${rows.join('\n')}\n`,
  'bad.csv': 'Time [s], HR, PULSE, RESP, SpO2\n0,1,2,3,x\n',
});

t.test(
  'replay: a recording reaches the store and raises its alarm; a second run uses the same device',
  async (t) => {
    const server = await runningServer(t);
    const { directory, deviceUrl } = server;
    const where = [
      '--server',
      deviceUrl,
      '--certs',
      join(directory, 'certs'),
      '--data',
      join(directory, 'var'),
    ];
    const file = join(folder, 'bed_4_Numerics.csv');
    const feed = server.feed(await server.token('nurse-1', { wards: ['icu'] }));
    const alarms: string[] = [];
    feed.on('alarm', ({ alarm, event }) => {
      if (alarm.kind === 'physiological' && alarm.cause === 'limit')
        alarms.push(`${event} ${alarm.patient} ${alarm.vital} ${alarm.priority}`);
    });
    await feed.subscribe({ ward: 'icu' });

    const first = await run('replay', [file, ...where, '--ward', 'icu', '--speed', '30', '--json']);
    t.equal(first.code, 0, first.err);
    t.match(JSON.parse(first.out), {
      devices: 1,
      samples_sent: 60,
      samples_acked: 60,
      samples_rejected: 0,
      frames_pending: 0,
      recordings: [{ device: 'rec-bed_4', patient: 'rec-bed_4' }],
    });
    const issued = new X509Certificate(
      readFileSync(join(directory, 'certs', 'devices', 'rec-bed_4', 'device.crt')),
    );
    t.match(issued.raw.toString('latin1'), `${SETTINGS.crlUrl.default}/`, 'says where its list is');
    t.ok(alarms.includes('raised rec-bed_4 spo2 medium'), alarms.join(', '));

    const earlier = new Date(Date.now() - 3_600_000).toISOString();
    const again = await run('replay', [file, ...where, '--start-at', earlier, '--no-enrol']);
    t.equal(again.code, 0, again.err);
    t.match(again.out, /^1 device, 60 samples sent, 60 acked, 0 rejected in/);
    const expired = await run('replay', [file, ...where, '--start-at', '2020-01-01T00:00:00Z', '--no-enrol']);
    t.match(expired.out, /60 samples sent, 0 acked, 60 rejected \(time_expired 60\)/);
  },
);

t.test('simulate and watch: people stream, a clinician sees them, Ctrl-C ends both in order', async (t) => {
  const server = await runningServer(t);
  const { directory } = server;
  const files = ['--certs', join(directory, 'certs'), '--data', join(directory, 'var')];
  await server.token('nurse-1', { wards: ['ward-1'] });
  const simulated = run('simulate', [
    '--devices',
    '3',
    '--seconds',
    '6',
    '--waveforms',
    '--json',
    '--server',
    server.deviceUrl,
    ...files,
  ]);
  const watched = await run(
    'watch',
    ['--ward', 'ward-1', '--clinician', 'nurse-1', '--server', server.clinicianUrl, ...files],
    /vitals sim-2 HR \d+, RR \d+, SpO2 \d+/,
  );
  t.equal(watched.code, 0, watched.err);
  const { code, out, err } = await simulated;
  t.equal(code, 0, err);
  const totals: Record<string, number> = JSON.parse(out);
  t.match(totals, { devices: 3, samples_sent: 18, samples_acked: 18, frames_pending: 0 });
  t.ok((totals.waveform_chunks ?? 0) >= 3 * 3 * 4);

  const interrupted = await run(
    'simulate',
    ['--devices', '2', '--server', server.deviceUrl, ...files],
    /2 people on ward-1/,
  );
  t.equal(interrupted.code, 0, interrupted.err);
  t.match(interrupted.out, /\d+ samples sent, (\d+) acked/);
});

t.test('simulate names a device that is turned away for good, and the others stream on', async (t) => {
  const server = await runningServer(t);
  const { directory } = server;
  const files = ['--certs', join(directory, 'certs'), '--data', join(directory, 'var')];
  const simulated = run('simulate', [
    ...['--devices', '2', '--seconds', '6', '--json'],
    ...['--server', server.deviceUrl],
    ...files,
  ]);
  await eventually(
    () => server.log.filter((line) => line.includes('"event":"device_connected"')).length === 2,
    15_000,
  );
  t.equal((await run('device', ['revoke', 'sim-1', '--yes', ...files])).code, 0);
  const { code, out, err } = await simulated;
  t.equal(code, 1);
  t.match(err, /^device sim-1 is out: .*4403 device_revoked$/m);
  const {
    devices_detail: [gone, other],
  } = JSON.parse(out);
  t.match(other, { device: 'sim-2', samples_sent: 6, samples_acked: 6 });
  t.ok(gone.samples_acked < 6);
});

t.test('what is wrong is one line that names it, and the exit code says whose mistake it is', async (t) => {
  const server = await runningServer(t);
  const { directory } = server;
  const files = ['--certs', join(directory, 'certs'), '--data', join(directory, 'var')];
  const cases: [string, string[], number, RegExp][] = [
    [
      'replay',
      [join(folder, 'bad.csv'), ...files],
      1,
      /bad\.csv, line 2, column "SpO2": "x" is not a number/,
    ],
    ['replay', [join(folder, 'none.csv'), ...files], 1, /none\.csv: can't be read \(ENOENT\)/],
    ['replay', [], 2, /missing required argument 'file'/],
    ['replay', ['x.csv', '--speed', 'fast'], 2, /--speed <x>.*'fast' is invalid.*above 0/],
    ['replay', ['x.csv', '--column-map', 'hr=HR'], 2, /--column-map.*"hr=HR" is not <vital>=<column>/],
    ['simulate', ['--devices', '0'], 2, /--devices <n>.*from 1 to/],
    ['simulate', ['--server', 'http://localhost:1'], 2, /--server <url>.*https URL/],
    [
      'simulate',
      [...files, '--devices', '1', '--no-enrol'],
      1,
      /device "sim-1" has no certificate.*device -- issue sim-1/,
    ],
    ['watch', files, 2, /--clinician or --token is missing/],
    ['watch', [...files, '--clinician', 'nobody'], 1, /clinician "nobody" is not registered/],
    ['watch', [...files, '--token', 'x', '--server', server.clinicianUrl], 1, /401 token_invalid/],
  ];
  for (const [script, args, code, message] of cases) {
    const ended = await run(script, args);
    t.equal(ended.code, code, `${script} ${args.join(' ')}: ${ended.err}`);
    t.match(ended.err.trim(), message);
    t.notMatch(ended.err.trim(), /\n/, 'one line');
  }
});
