import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SETTINGS } from '../../src/config/settings.ts';
import { TECHNICAL_CONDITIONS } from '../../src/model/alarm.ts';
import { COMMAND_NAMES } from '../../src/model/device-command.ts';
import { QUALITIES } from '../../src/model/sample.ts';
import { SIGNAL_NAMES } from '../../src/model/signal.ts';
import { VITAL_NAMES, VITALS } from '../../src/model/vital.ts';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { DEVICE_SUBPROTOCOLS } from '../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, SERVER_TO_DEVICE } from '../../src/protocol/device-frames.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { FEED_SUBPROTOCOL } from '../../src/protocol/feed-codec.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import { FEED_TO_CLIENT } from '../../src/protocol/feed-frames.ts';
import {
  ACK_EVERY_FRAMES,
  MAX_DEVICE_MESSAGE_BYTES,
  MAX_FEED_MESSAGE_BYTES,
  MAX_SAMPLES_PER_FRAME,
  MAX_VALUES_PER_WAVEFORM,
  MAX_WAVEFORM_RATE_HZ,
} from '../../src/protocol/limits.ts';
import { REJECT_CODES } from '../../src/protocol/reject-codes.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';
import { page, ROOT, section } from './pages.ts';

const protocol = page('docs/protocol.md');
const operations = page('docs/operations.md');
const code = (text: string | number): string => `\`${text}\``;

t.test('every frame has its section, with every field that it must have', async (t) => {
  const parts = [
    { part: '## 4. Frames a device sends', level: '###', frames: DEVICE_TO_SERVER },
    { part: '## 5. Frames the server sends', level: '###', frames: SERVER_TO_DEVICE },
    { part: '### Frames a client sends', level: '####', frames: CLIENT_TO_FEED },
    { part: '### Frames the feed sends', level: '####', frames: FEED_TO_CLIENT },
  ];
  for (const { part, level, frames } of parts) {
    const text = section(protocol, part);
    for (const [type, schema] of Object.entries(frames)) {
      const own = section(text, `${level} ${type}`);
      for (const field of schema.required) t.ok(own.includes(`| ${code(field)} | yes |`), `${type}.${field}`);
      for (const field of Object.keys(schema.properties))
        t.ok(own.includes(`| ${code(field)} |`), `${type}.${field}`);
    }
  }
});

t.test(
  'every code, vital, signal, condition, quality, command and sub-protocol is in the reference',
  async (t) => {
    const closes = section(protocol, '## 10. Close codes and coming back');
    for (const [number, { reason }] of Object.entries(CLOSE_CODES))
      t.ok(closes.includes(`| ${number} | ${reason} |`), number);
    const rejects = section(protocol, '## 7. Rejects');
    for (const name of Object.keys(REJECT_CODES)) t.ok(rejects.includes(`| ${code(name)} |`), name);
    const errors = section(protocol, '## Errors');
    for (const [name, { status }] of Object.entries(ERROR_CODES))
      t.ok(errors.includes(`| ${code(name)} | ${status} |`), name);
    const catalogue = section(protocol, '# Vitals and signals');
    for (const name of VITAL_NAMES)
      t.ok(
        catalogue.includes(`| ${code(name)} | ${VITALS[name].label} | ${code(VITALS[name].unit)} |`),
        name,
      );
    for (const name of SIGNAL_NAMES) t.ok(catalogue.includes(`| ${code(name)} |`), name);
    const others = [...QUALITIES, ...COMMAND_NAMES, ...DEVICE_SUBPROTOCOLS, FEED_SUBPROTOCOL];
    for (const name of others) t.ok(protocol.includes(code(name)), name);
    for (const condition of TECHNICAL_CONDITIONS) {
      t.ok(section(protocol, '## Alarm').includes(`| ${code(condition)} |`), condition);
      t.ok(page('docs/clinical.md').includes(code(condition)), `${condition}, for clinicians`);
    }
  },
);

t.test('the limits told are the limits there are', async (t) => {
  const limits = section(protocol, '## 11. Limits');
  const inKiB = (bytes: number): string => `${bytes / 1024} KiB`;
  t.match(limits, `| message | ${inKiB(MAX_DEVICE_MESSAGE_BYTES)} |`);
  t.match(limits, `| samples in a frame | 1 to ${MAX_SAMPLES_PER_FRAME} |`);
  t.match(limits, `| values in a waveform frame | 1 to ${MAX_VALUES_PER_WAVEFORM.toLocaleString('en')} |`);
  t.match(limits, `to ${MAX_WAVEFORM_RATE_HZ.toLocaleString('en')} Hz`);
  t.match(section(protocol, '## The feed'), `at most ${inKiB(MAX_FEED_MESSAGE_BYTES)} from the client`);
  t.match(section(protocol, '## 6. Order, acks and resuming'), `when ${ACK_EVERY_FRAMES} frames wait`);
});

t.test('every setting is in the configuration table, with its default', async (t) => {
  const table = section(operations, '## Configuration');
  for (const setting of Object.values(SETTINGS)) {
    const fallback = setting.default === '' ? 'unset' : code(setting.default);
    t.ok(table.includes(`| ${code(setting.key)} | ${fallback} |`), setting.key);
  }
});

t.test('every event that is logged is explained', async (t) => {
  const log = section(operations, '## Log');
  const sources = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['src/alarms/**', 'src/client/**'] });
  const events = new Set(
    sources.flatMap((path) =>
      [...page(path).matchAll(/\bevent: '([a-z_]+)'/g)].map(([, name]) => name ?? ''),
    ),
  );
  // Steps of an alarm's life are no events of the log.
  events.delete('raised');
  t.ok(events.size > 8);
  for (const event of [...events, 'tls_refused']) t.ok(log.includes(code(event)), event);
});

t.test('the metrics told are those that /metrics serves', async (t) => {
  const server = await runningServer(t);
  const { text } = await rest(server, null, '/metrics');
  const served = new Map(
    [...text.matchAll(/^# TYPE (vitalwire_\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
  const rows = [
    ...section(operations, '## Metrics').matchAll(/^\| `(vitalwire_\w+)(?:\{[a-z,]+\})?` \| (\w+) \|/gm),
  ];
  const told = new Map(rows.map(([, name = '', type = '']) => [name, type]));
  t.same(told, served);
  const mentioned = [...operations.matchAll(/\bvitalwire_[a-z_]+/g)].map(([name]) => name);
  for (const name of mentioned) t.ok(served.has(name), name);
});

t.test('every folder of src is in the house', async (t) => {
  const architecture = section(page('docs/architecture.md'), '## The house');
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name } of folders) t.ok(architecture.includes(`| \`src/${name}/\` |`), name);
});

t.test('every npm script that the documents name is there', async (t) => {
  const { scripts } = JSON.parse(page('package.json'));
  const named = [
    'docs/protocol.md',
    'docs/operations.md',
    'docs/architecture.md',
    'SECURITY.md',
    'CHANGELOG.md',
  ].flatMap((path) => [...page(path).matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, name = '']) => name));
  t.ok(named.length > 5);
  for (const name of new Set(named)) t.ok(scripts[name], name);
});
