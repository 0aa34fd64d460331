import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { setUpCertificates } from '../../src/identity/certificate-setup.ts';
import { KeyFileGuard, keyFilesIn } from '../../src/identity/key-files.ts';
import { prepareCertificates } from '../../src/identity/startup-certificates.ts';

const KEYS = ['server.key', 'token-key.json', 'root-ca.key', 'device-ca.key', 'server-ca.key'];
const RETIRED = 'device-ca-0123456789abcdef.key';

t.test('a start in production refuses each key that others can read; in development it warns', async (t) => {
  const now = Date.now();
  const start = (directory: string, production: boolean, warnings: string[]) => {
    const warn = ({ code, message }: { code: string; message: string }) =>
      void warnings.push(`${code} ${message}`);
    return prepareCertificates({
      ...{ directory, production, serverNames: ['localhost'], crlUrl: 'https://localhost/crl', now },
      keyFiles: new KeyFileGuard({ production, warn }),
    });
  };
  const base = t.testdir();
  for (const production of [true, false]) {
    const directory = join(base, String(production));
    const names = ['localhost'];
    await setUpCertificates({ directory, serverNames: names, development: !production, crlUrl: null, now });
    mkdirSync(join(directory, 'retired'));
    const files = await keyFilesIn(directory);
    t.same(files.map((file) => basename(file)).sort(), [...KEYS].sort());
    await start(directory, production, []);
    for (const file of files) {
      for (const mode of [0o640, 0o604, 0o620]) {
        chmodSync(file, mode);
        const warnings: string[] = [];
        const says = new RegExp(`${basename(file)} is a private key.*0${mode.toString(8)}.*chmod 600`);
        if (production)
          await t.rejects(start(directory, production, warnings), {
            code: 'key_readable_by_others',
            message: says,
          });
        else {
          await start(directory, production, warnings);
          t.match(warnings, [/^key_readable_by_others /]);
          t.match(warnings, [says]);
        }
      }
      chmodSync(file, 0o400);
    }
    await t.resolves(start(directory, production, []), '0400 will do');
    renameSync(join(directory, 'root-ca.key'), join(directory, 'retired', RETIRED));
    chmodSync(join(directory, 'retired', RETIRED), 0o644);
    const warnings: string[] = [];
    const started = start(directory, production, warnings);
    if (production) await t.rejects(started, { code: 'key_readable_by_others' }, 'a retired one');
    else {
      await started;
      t.match(warnings, [/retired/]);
    }
  }
});

const skip = process.getuid?.() !== 0 && 'only root can make such a file';

t.test(
  'what root mounts for a service may be read through a group, not by everybody',
  { skip },
  async (t) => {
    const file = join(t.testdir({ key: 'x' }), 'key');
    const guard = new KeyFileGuard({ production: true, warn: () => t.fail('production does not warn') });
    const check = async (mode: number) => {
      chmodSync(file, mode);
      return guard.check(file);
    };
    await t.rejects(check(0o440), { code: 'key_readable_by_others' }, 'it is this user who owns it');
    t.intercept(process, 'getuid', { value: () => 1_000 });
    await t.resolves(check(0o440));
    await t.rejects(check(0o444), { code: 'key_readable_by_others' });
    await t.rejects(check(0o460), { code: 'key_readable_by_others' }, 'nor written');
  },
);
