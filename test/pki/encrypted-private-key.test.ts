import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isEncryptedPem, privateKeyFromPem, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { runTool } from '../support/external-tool.ts';
import { KEY_ALGORITHMS, keyPairs } from './pki-keys.ts';

const keys = keyPairs();
const { privateKey } = keys['ec-p256'];
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-key-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'ca.key');

t.test('a passphrase encrypts the key, and only that passphrase opens it', async (t) => {
  const pem = privateKeyToPem(privateKey, 'correct horse');
  t.ok(isEncryptedPem(pem));
  t.ok(privateKeyFromPem(pem, 'correct horse').equals(privateKey));
  t.throws(() => privateKeyFromPem(pem), { code: 'passphrase_required' });
  t.throws(() => privateKeyFromPem(pem, 'wrong'), { code: 'passphrase_wrong' });
  t.throws(() => privateKeyFromPem(pem, ''), { code: 'passphrase_wrong' });
  t.throws(() => privateKeyFromPem('nonsense'), { code: 'key_invalid' });
  const plain = privateKeyToPem(privateKey);
  t.notOk(isEncryptedPem(plain));
  t.ok(privateKeyFromPem(plain).equals(privateKey));
  t.not(privateKeyToPem(privateKey, 'correct horse'), pem, 'with a salt of its own each time');
});

t.test('openssl opens the key, with scrypt as the way to it', async (t) => {
  for (const algorithm of KEY_ALGORITHMS) {
    writeFileSync(path, privateKeyToPem(keys[algorithm].privateKey, 'pässwörd \u{1f600}'));
    const opened = await runTool('openssl', ['pkey', '-in', path, '-passin', 'pass:pässwörd \u{1f600}']);
    t.equal(opened.code, 0, opened.stderr);
    t.ok(privateKeyFromPem(opened.stdout).equals(keys[algorithm].privateKey), algorithm);
    const wrong = await runTool('openssl', ['pkey', '-in', path, '-passin', 'pass:wrong']);
    t.not(wrong.code, 0);
    const shown = await runTool('openssl', ['asn1parse', '-in', path]);
    t.match(shown.stdout, /PBES2[\s\S]*:(id-)?scrypt/);
    t.match(shown.stdout, /aes-256-cbc/);
  }
});

t.test('keys that openssl encrypts are opened, by scrypt and by PBKDF2', async (t) => {
  writeFileSync(path, privateKeyToPem(privateKey));
  for (const options of [['-scrypt'], ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256']]) {
    const made = await runTool('openssl', [
      ...['pkcs8', '-topk8', '-in', path, '-passout', 'pass:correct horse', ...options],
    ]);
    t.equal(made.code, 0, made.stderr);
    t.ok(privateKeyFromPem(made.stdout, 'correct horse').equals(privateKey), options.join(' '));
  }
});

t.test('keys from before, by PBKDF2 as Node writes them, still open', async (t) => {
  const pem = privateKey
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'correct horse' })
    .toString();
  t.ok(privateKeyFromPem(pem, 'correct horse').equals(privateKey));
  t.throws(() => privateKeyFromPem(pem, 'wrong'), { code: 'passphrase_wrong' });
});
