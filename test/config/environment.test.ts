import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import t from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';

t.test('the environment lies over .env', async (t) => {
  const directory = t.testdir({ '.env': 'VITALWIRE_HOST=from-file\nVITALWIRE_DEVICE_PORT=1\n' });
  const environment = readEnvironment(directory, { VITALWIRE_DEVICE_PORT: '2', OTHER: 'x' });
  t.same({ ...environment }, { VITALWIRE_HOST: 'from-file', VITALWIRE_DEVICE_PORT: '2', OTHER: 'x' });
  t.match(loadConfig(environment).config, { host: 'from-file', devicePort: 2 });
});

t.test('.env need not be there, but one that cannot be read is told', async (t) => {
  t.same({ ...readEnvironment(t.testdir(), { A: '1' }) }, { A: '1' });
  const directory = t.testdir({ nested: {} });
  mkdirSync(`${directory}/.env`);
  t.throws(() => readEnvironment(directory, {}), { code: 'EISDIR' });
});

t.test('an unknown key in .env is refused like one in the environment', async (t) => {
  const directory = t.testdir({ '.env': 'VITALWIRE_TYPO=1\n' });
  t.throws(() => loadConfig(readEnvironment(directory, {})), {
    code: 'invalid_config',
    message: /VITALWIRE_TYPO/,
  });
});

t.test('.env.example names every key with its default, and sets none', async (t) => {
  const text = readFileSync(fileURLToPath(new URL('../../.env.example', import.meta.url)), 'utf8');
  const lines = text.split('\n');
  for (const { key, default: fallback } of Object.values(SETTINGS) as readonly Setting<unknown>[])
    t.ok(lines.includes(`#${key}=${fallback}`), `#${key}=${fallback}`);
  t.same({ ...parseEnv(text) }, {}, 'copied as it is, it changes nothing');
  const named = lines.flatMap((line) => /^#([A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
  const known = Object.values(SETTINGS).map(({ key }) => key as string);
  t.same(
    named.filter((key) => !known.includes(key)),
    [],
    'nor does it name a key that is not read',
  );
});
