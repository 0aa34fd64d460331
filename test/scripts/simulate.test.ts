import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { runningServer } from '../support/running-server.ts';
import { runWearableScript } from '../support/wearable-scripts.ts';

t.test('simulate and watch: people stream, a clinician sees them, Ctrl-C ends both in order', async (t) => {
  const server = await runningServer(t);
  const { directory } = server;
  const cwd = t.testdir();
  const files = ['--certs', join(directory, 'certs'), '--data', join(directory, 'var')];
  await server.token('nurse-1', { wards: ['ward-1'] });
  const simulated = runWearableScript(cwd, 'simulate', [
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
  const watched = await runWearableScript(
    cwd,
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

  const interrupted = await runWearableScript(
    cwd,
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
  const cwd = t.testdir();
  const files = ['--certs', join(directory, 'certs'), '--data', join(directory, 'var')];
  const simulated = runWearableScript(cwd, 'simulate', [
    ...['--devices', '2', '--seconds', '6', '--json'],
    ...['--server', server.deviceUrl],
    ...files,
  ]);
  await eventually(
    () => server.log.filter((line) => line.includes('"event":"device_connected"')).length === 2,
    15_000,
  );
  t.equal((await runWearableScript(cwd, 'device', ['revoke', 'sim-1', '--yes', ...files])).code, 0);
  const { code, out, err } = await simulated;
  t.equal(code, 1);
  t.match(err, /^device sim-1 is out: .*4403 device_revoked$/m);
  const {
    devices_detail: [gone, other],
  } = JSON.parse(out);
  t.match(other, { device: 'sim-2', samples_sent: 6, samples_acked: 6 });
  t.ok(gone.samples_acked < 6);
});
