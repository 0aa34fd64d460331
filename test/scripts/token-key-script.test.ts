import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createTokenKey } from '../../src/identity/token-keys.ts';
import { runScript } from '../support/admin-scripts.ts';

const first = await createTokenKey();
const { kid, d } = JSON.parse(first);

async function run(t: Test, cwd: string, line: string, code = 0) {
  const result = await runScript(cwd, 'token-key', line.split(' '));
  t.equal(result.code, code, `${line}: ${result.stderr}`);
  const file = readFileSync(join(cwd, 'certs/token-key.json'), 'utf8');
  const secrets = [d, ...[...file.matchAll(/"d": "([^"]+)"/g)].map(([, value]) => value)];
  for (const output of [result.stdout, result.stderr]) {
    for (const secret of secrets) t.notOk(output.includes(secret), `${line} shows no private part`);
  }
  if (code !== 0) t.match(result.stderr, /^error: [^\n]+\n$/);
  return { ...result, keys: line.includes('--json') && code === 0 ? JSON.parse(result.stdout).keys : [] };
}

t.test('rotate publishes a key ahead, then at once, and ends what is compromised', async (t) => {
  const cwd = t.testdir({ certs: { 'token-key.json': first } });
  t.match((await run(t, cwd, 'show --json')).keys, [
    { kid, state: 'signing', sign_from: 0, private_part: true },
  ]);

  const { keys } = await run(t, cwd, 'rotate --json');
  t.match(keys, [
    { kid, state: 'signing', private_part: true },
    { state: 'published', verify_until: null, private_part: true },
  ]);
  t.equal(keys[0].verify_until - keys[1].sign_from, 31 * 86_400, 'the longest life of a token');
  t.ok(Math.abs(keys[1].sign_from - Date.now() / 1000 - 300) < 30, 'five minutes ahead');
  t.equal(statSync(join(cwd, 'certs/token-key.json')).mode & 0o777, 0o600);
  t.match((await run(t, cwd, 'rotate', 1)).stderr, /rotation_pending/);

  const ended = await run(t, cwd, 'rotate --compromised --json');
  t.match(ended.keys, [{ state: 'signing', private_part: true }]);
  t.notOk([kid, keys[1].kid].includes(ended.keys[0].kid));

  const atOnce = await run(t, cwd, 'rotate --sign-in 0s --overlap 1h --json');
  t.match(atOnce.keys, [
    { state: 'verifying', private_part: false },
    { state: 'signing', private_part: true },
  ]);
  t.match((await run(t, cwd, 'prune --json')).keys, atOnce.keys);
  const audit = await runScript(cwd, 'audit', ['show', '--json']);
  t.equal(audit.code, 0, audit.stderr);
  for (const rotation of [keys[1], ended.keys[0], atOnce.keys[1]]) t.match(audit.stdout, rotation.kid);
  t.equal(audit.stdout.match(/token_key_rotated/g)?.length, 3, 'each rotation is on record');
  t.match(audit.stdout, /compromised/);

  const { stdout } = await run(t, cwd, 'show');
  t.match(
    stdout,
    /^KEY +STATE +SIGNS FROM +VERIFIES UNTIL +PRIVATE PART\n.* verifying .* removed\n.* signing .* no end +kept\n$/,
  );
});

t.test('mistakes are told in one line, with the exit code of their kind', async (t) => {
  const cwd = t.testdir({ certs: { 'token-key.json': first } });
  await run(t, cwd, 'rotate --compromised --overlap 1h', 2);
  await run(t, cwd, 'rotate --sign-in 2d', 2);
  await run(t, cwd, 'rotate --overlap 0s', 2);
  await run(t, cwd, 'rotate --overlap soon', 2);
  await run(t, cwd, 'show --certs nowhere', 78);
  await run(t, cwd, 'rotate --certs nowhere', 78);
  t.equal(readFileSync(join(cwd, 'certs/token-key.json'), 'utf8'), first);
  for (const command of ['rotate', 'prune', 'show']) {
    const help = await run(t, cwd, `${command} --help`);
    t.match(help.stdout, new RegExp(`Examples:\\n  \\$ npm run token-key -- ${command}`));
  }
});
