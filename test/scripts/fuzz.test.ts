import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runScript } from '../support/admin-scripts.ts';

const CASES = join(import.meta.dirname, '../fuzz/cases');

t.test('a short run of everything holds, and answers in JSON', async (t) => {
  const { code, stdout, stderr } = await runScript(t.testdir(), 'fuzz', [
    ...['--target', 'all', '--frames', '300', '--seed', '9', '--json', '--json-cases', join(CASES, 'json')],
    ...['--cbor-cases', join(CASES, 'cbor'), '--corpus', join(CASES, '../corpus')],
  ]);
  t.equal(code, 0, `${stdout}${stderr}`);
  const { seed, targets, cases } = JSON.parse(stdout);
  t.equal(seed, 9);
  t.match(
    targets.map(({ target }: { target: string }) => target),
    ['device-json', 'device-cbor', 'feed', 'device-session', 'feed-session'],
  );
  t.match(cases, [
    { kind: 'json', findings: [] },
    { kind: 'cbor', findings: [] },
  ]);
});

t.test('a case that is not as its name says fails the run', async (t) => {
  const directory = t.testdir({ 'n_good.json': '{}' });
  const { code, stdout } = await runScript(directory, 'fuzz', ['--json-cases', directory]);
  t.equal(code, 1);
  t.match(
    stdout,
    /Did NOT hold, seed 1: 4 findings\.\n {2}n_good\.json: device: must be refused as not JSON/,
  );
});

t.test('a kept case is tried again alone', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'kept.json');
  const step = { do: 'receive', binary: false, data: Buffer.from('{').toString('base64') };
  const fuzzCase = { target: 'feed', choice: 0, at: 0, steps: [step] };
  writeFileSync(file, JSON.stringify({ kind: 'codec_threw', fuzzCase }));
  const { code, stdout } = await runScript(directory, 'fuzz', ['--replay', file]);
  t.match({ code, stdout }, { code: 0, stdout: /^Held: / });
});

t.test('wrong usage is told', async (t) => {
  const directory = t.testdir();
  for (const args of [
    ['--target', 'nothing'],
    ['--frames', '0'],
    ['--corpus', directory],
    ['--replay', 'none'],
  ])
    t.match(await runScript(directory, 'fuzz', args), { code: 2, stderr: /^error: / }, args.join(' '));
});
