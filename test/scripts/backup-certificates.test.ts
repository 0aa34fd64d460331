import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filesBelow } from '../../scripts/backup/certificate-files.ts';

t.test('certificates that are links to files elsewhere are in a backup, too', async (t) => {
  const directory = t.testdir({
    certs: { 'ca.crt': 'ca', '..2026': { 'server.key': 'key' }, 'new.crt.tmp': '', devices: {} },
    elsewhere: { 'server.crt': 'certificate', 'more.crt': 'more' },
  });
  const certs = join(directory, 'certs');
  symlinkSync('../elsewhere/server.crt', join(certs, 'server.crt'));
  // As secrets are mounted into containers.
  symlinkSync('..2026', join(certs, '..data'));
  symlinkSync('..data/server.key', join(certs, 'server.key'));
  symlinkSync('..', join(certs, 'devices', 'up'));
  symlinkSync('gone', join(certs, 'dangling.crt'));
  symlinkSync('.', join(certs, 'devices', 'loop'));
  const found = await filesBelow(certs);
  t.strictSame(
    found.map((path) => path.slice(certs.length + 1)),
    ['..2026/server.key', 'ca.crt', 'server.crt', 'server.key'],
  );
  t.equal(readFileSync(join(certs, 'server.crt'), 'utf8'), 'certificate');
});
