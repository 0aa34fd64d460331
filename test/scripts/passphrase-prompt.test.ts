import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { skipWithout } from '../support/external-tool.ts';
import { runCommand } from '../support/script-run.ts';

const skip = skipWithout('script', 'bsdutils');
const PASSPHRASE = 'correct horse battery';

/**
 * Runs a command on a pseudo-terminal: types each answer once its question is shown; gives what the terminal showed.
 */
async function atTerminal(
  cwd: string,
  line: string,
  dialogue: readonly (readonly [question: RegExp, answer: string])[],
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const [name, ...args] = line.split(' ');
  const script = fileURLToPath(new URL(`../../scripts/${name}.ts`, import.meta.url));
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('VITALWIRE_'));
  const command = [process.execPath, script, ...args].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1' },
  });
  let screen = '';
  let asked = 0;
  const left = [...dialogue];
  child.stdout.on('data', (data) => {
    screen += String(data);
    const [next] = left;
    if (next === undefined || !next[0].test(screen.slice(asked))) return;
    left.shift();
    asked = screen.length;
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, screen };
}

t.test('a passphrase is asked for on a terminal and never shown', { skip }, async (t) => {
  const cwd = t.testdir({ secret: `${PASSPHRASE}\n` });
  const differs = await atTerminal(cwd, 'ca init', [
    [/New passphrase/, `${PASSPHRASE}\r`],
    [/The same again/, 'another one here\r'],
  ]);
  t.equal(differs.code, 1);
  t.match(differs.screen, /passphrase_differs/);
  t.notOk(existsSync(join(cwd, 'certs')), 'nothing was made');
  const made = await atTerminal(cwd, 'ca init', [
    [/New passphrase/, `x\u007f${PASSPHRASE}\r`],
    [/The same again/, `${PASSPHRASE}\r`],
  ]);
  t.equal(made.code, 0, made.screen);
  t.match(readFileSync(join(cwd, 'certs/device-ca.key'), 'utf8'), /ENCRYPTED/);

  const issued = await atTerminal(cwd, 'device issue d1', [
    [/Passphrase of the authorities' keys: /, 'not that one\r'],
    [/does not open the key\.\s+Passphrase/, `${PASSPHRASE}\r`],
  ]);
  t.equal(issued.code, 0, issued.screen);
  t.match(issued.screen, /certs\/devices\/d1\/device\.crt/);
  for (const { screen } of [differs, made, issued]) t.notMatch(screen, /horse|not that one|another one/);

  const interrupted = await atTerminal(cwd, 'device issue d2', [[/Passphrase/, '\u0003']]);
  t.equal(interrupted.code, 130);
  // What was typed is the passphrase that files give, too.
  await runCommand(t, cwd, 0, 'device issue d3 --passphrase-file secret');
  await runCommand(t, cwd, 0, 'device issue d4', { VITALWIRE_CA_PASSPHRASE_FILE: 'secret' });
  const { json } = await runCommand(t, cwd, 0, 'device list --json');
  t.same(
    json.map(({ id }: { id: string }) => id),
    ['d1', 'd3', 'd4'],
  );
});

t.test('what cannot be undone is asked for on a terminal', { skip }, async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 0, 'ca init --development');
  await runCommand(t, cwd, 0, 'device issue d1');
  const no = await atTerminal(cwd, 'device revoke d1', [[/Revoke device d1 for good.*\[y\/N\]/, '\r']]);
  t.equal(no.code, 1);
  t.match(no.screen, /nothing was changed.*not_confirmed/);
  const stopped = await atTerminal(cwd, 'device revoke d1', [[/\[y\/N\]/, '\u0003']]);
  t.equal(stopped.code, 130);
  t.match((await runCommand(t, cwd, 0, 'device show d1 --json')).json, { status: 'active' });
  const yes = await atTerminal(cwd, 'device revoke d1', [[/\[y\/N\]/, 'y\r']]);
  t.equal(yes.code, 0, yes.screen);
  t.match((await runCommand(t, cwd, 0, 'device show d1 --json')).json, { status: 'revoked' });
});
