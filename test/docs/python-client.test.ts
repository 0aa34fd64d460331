import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTool } from '../support/external-tool.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';
import { page, section } from './pages.ts';

const PYTHON = '/usr/bin/python3';

async function missing(): Promise<string | false> {
  if (process.env.CI === 'true') return false;
  const found = await runTool(PYTHON, ['-c', 'import websockets']).catch(() => null);
  return found?.code === 0
    ? false
    : 'python3-websockets is not installed (Debian: apt-get install python3-websockets)';
}

t.test('the client of the reference runs as it stands there', { skip: await missing() }, async (t) => {
  const text = section(page('docs/protocol.md'), '## A complete client');
  const [, program = ''] = /^```python\n([\s\S]*?)^```$/m.exec(text) ?? [];
  const server = await runningServer(t);
  const { files } = await server.wearable('wrist-7', 'p-12');
  const token = await server.token('nurse-1');
  const directory = t.testdir();
  writeFileSync(join(directory, 'wearable.py'), program);

  const host = new URL(server.deviceUrl).host;
  const run = await runTool(PYTHON, [join(directory, 'wearable.py'), host, files.directory]);
  t.equal(run.code, 0, run.stderr);
  const frames = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(frames[0], { type: 'welcome', ack: 0 });
  t.match(frames.at(-1), { type: 'ack', seq: 3 });

  await server.app.drained();
  const history = await rest(server, token, '/v1/patients/p-12/vitals?vital=heart_rate');
  t.match(history.body, { values: [{ value: 71 }, { value: 72 }, { value: 73 }] });

  t.ok(program.split('\n').length < 60, 'short enough to read');
});
