import { join } from 'node:path';
import t from 'tap';
import { runScript } from '../support/admin-scripts.ts';
import { runningServer } from '../support/running-server.ts';

t.test('what is wrong is one line that names it, and the exit code says whose mistake it is', async (t) => {
  const server = await runningServer(t);
  const { directory } = server;
  const folder = t.testdir({ 'bad.csv': 'Time [s], HR, PULSE, RESP, SpO2\n0,1,2,3,x\n' });
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
    const ended = await runScript(folder, script, args);
    t.equal(ended.code, code, `${script} ${args.join(' ')}: ${ended.stderr}`);
    t.match(ended.stderr.trim(), message);
    t.notMatch(ended.stderr.trim(), /\n/, 'one line');
  }
});
