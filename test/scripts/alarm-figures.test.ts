import { join } from 'node:path';
import t from 'tap';
import { runScript } from '../support/admin-scripts.ts';
import { eventually } from '../support/eventually.ts';
import { runningServer } from '../support/running-server.ts';

t.test('the key figures of a ward, asked of a running server', async (t) => {
  const server = await runningServer(t);
  const wearable = await server.wearable('watch-1', 'p-1');
  await server.token('nurse-1');
  const { directory } = server;
  const where = ['--server', server.clinicianUrl, '--certs', join(directory, 'certs')];
  const figures = (...args: string[]) =>
    runScript(directory, 'alarms', ['figures', ...args, ...where, '--data', join(directory, 'var')]);
  const client = server.client(wearable);
  client.sendVitals([{ t: Date.now() - 1_000, spo2: 70 }]);
  await client.drain({ timeoutMs: 10_000 });
  const ward = ['--ward', 'ward-1', '--clinician', 'nurse-1'];
  const found = await eventually(async () => {
    const { code, stdout, stderr } = await figures(...ward, '--json');
    t.equal(code, 0, stderr);
    const json = JSON.parse(stdout);
    return json.physiological.annunciations === 1 ? json : null;
  });
  t.match(found, { ward: 'ward-1', whole_ward: true, patients: 1, floods: { count: 0 } });
  const text = await figures(...ward);
  t.match(text.stdout, /spo2:low: 1, 100 %/);
  t.match(text.stdout, /physiological +high +1 +100 %/);
  const far = await figures('--ward', 'ward-2', '--clinician', 'nurse-1');
  t.equal(far.code, 1);
  t.match(far.stderr, /ward_forbidden/);
  t.equal((await figures('--clinician', 'nurse-1')).code, 2, 'of whom');
});
