import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { endCertificateOf, loadEndedCertificates } from '../../src/identity/ended-certificates.ts';

const ended = (serial: string) =>
  ({ authority: 'ab', serial, at: 1, reason: 'cACompromise', subject: 'Test CA' }) as const;

t.test('of ends that are written down at once none is lost', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-ended-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const serials = ['01', '02', '03', '04', '05', '06', '07', '08'];
  await Promise.all([...serials, '01'].map((serial) => endCertificateOf(directory, ended(serial))));
  const kept = await loadEndedCertificates(directory);
  t.same(kept.map(({ serial }) => serial).sort(), serials);
});

t.test('a lock that was left behind is named', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-ended-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'ended.json.lock'), '');
  await t.rejects(endCertificateOf(directory, ended('01')), {
    code: 'ended_certificates_locked',
    message: /remove .*ended\.json\.lock/,
  });
  t.same(await loadEndedCertificates(directory), []);
});
