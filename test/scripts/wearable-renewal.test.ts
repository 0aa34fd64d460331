import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { deviceId } from '../../src/model/ids.ts';
import { privateKeyFromPem } from '../../src/pki/key-pair.ts';
import { DAY_MS, enrolledAt } from '../support/enrolled-at.ts';
import { eventually } from '../support/eventually.ts';
import { runningServer } from '../support/running-server.ts';
import { runWearableScript } from '../support/wearable-scripts.ts';

t.test('a simulated wearable renews, and its files are those of the new certificate', async (t) => {
  const server = await runningServer(t);
  const id = deviceId('sim-1');
  const { files, cert } = await enrolledAt(server, id, Date.now() - 80 * DAY_MS, 'sim-1');
  writeFileSync(files.bundle, 'of the former identity');
  const { code, out, err } = await runWearableScript(t.testdir(), 'simulate', [
    ...['--server', server.deviceUrl, '--certs', join(server.directory, 'certs')],
    ...['--data', join(server.directory, 'var'), '--devices', '1', '--seconds', '3', '--json'],
  ]);
  t.equal(code, 0, err);
  t.match(JSON.parse(out), { devices: 1, samples_dropped: 0, frames_pending: 0 });

  const [former, next] = [cert, readFileSync(files.certificate)].map((pem) => new X509Certificate(pem));
  t.not(next?.serialNumber, former?.serialNumber);
  t.ok(next?.checkPrivateKey(privateKeyFromPem(readFileSync(files.key, 'utf8'))));
  t.equal(statSync(files.key).mode & 0o777, 0o600);
  t.ok(existsSync(files.authority));
  t.notOk(existsSync(files.bundle), 'a bundle with the former identity is gone');
  t.same(readdirSync(dirname(files.directory)), [id], 'and nothing is left beside them');
  const status = (raw: Buffer | undefined) => raw && server.registry.certificate(thumbprintOf(raw))?.status;
  await eventually(() => status(next?.raw) === 'active');
  t.equal(status(former?.raw), 'superseded');
});
