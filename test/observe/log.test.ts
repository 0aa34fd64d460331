import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { createLog, type Log } from '../../src/observe/log.ts';

function recorded(level: Parameters<typeof createLog>[0] = 'debug'): {
  readonly log: Log;
  readonly lines: string[];
} {
  const lines: string[] = [];
  return { log: createLog(level, { write: (line: string) => void lines.push(line) }), lines };
}

/** Names under which secrets and patients' labels occur in the sources, in configuration and in HTTP. */
const SECRET = [
  'token',
  'access_token',
  'authorization',
  'password',
  'passphrase',
  'key',
  'label',
  'cookie',
  'set-cookie',
  'influxToken',
  'influxPassword',
];

t.test('secrets and labels are struck out by name, wherever in a line they stand', async (t) => {
  const places: readonly ((field: string) => object)[] = [
    (field) => ({ [field]: 'canary' }),
    (field) => ({ a: { [field]: 'canary' } }),
    (field) => ({ a: { b: { [field]: 'canary' } } }),
    (field) => ({ a: { b: { c: { [field]: 'canary' } } } }),
    (field) => ({ a: [{ [field]: 'canary' }] }),
    (field) => ({ a: { b: [{ [field]: { nested: 'canary' } }] } }),
  ];
  for (const field of SECRET) {
    for (const [depth, place] of places.entries()) {
      const { log, lines } = recorded();
      log.info({ event: 'e', ...place(field) }, 'message');
      t.notMatch(lines.join(''), /canary/, `${field}, place ${depth}`);
      t.match(lines.join(''), /\[redacted\]/);
    }
  }
});

t.test('errors too: their details, and those of their causes', async (t) => {
  const { log, lines } = recorded();
  const cause = new CodedError('inner', 'inner failed', { details: { token: 'canary' } });
  const err = new CodedError('outer', 'outer failed', {
    cause,
    details: { password: 'canary', field: 'kept' },
  });
  log.error({ event: 'part_failed', err }, err.message);
  t.notMatch(lines.join(''), /canary/);
  const [line] = lines.map((one) => JSON.parse(one));
  t.match(line, {
    err: { code: 'outer', details: { field: 'kept' }, message: /outer failed/, stack: /outer failed/ },
  });
});

t.test('bound fields of a child log are struck out as well', async (t) => {
  const { log, lines } = recorded();
  log.child({ device: 'D1', token: 'canary' }).info('hello');
  t.notMatch(lines.join(''), /canary/);
  t.match(JSON.parse(lines[0] ?? ''), { device: 'D1' });
});

t.test('what is logged is left as it was', async (t) => {
  const { log } = recorded();
  const facts = { user: { token: 'canary', roles: ['a'] } };
  log.info(facts, 'message');
  t.same(facts, { user: { token: 'canary', roles: ['a'] } });
});

t.test('one object a line, with time, level, facts and message', async (t) => {
  const { log, lines } = recorded('info');
  log.info({ event: 'device_connected', device: 'D1', n: 3, none: null }, 'device connected');
  log.debug('not at this level');
  t.equal(lines.length, 1);
  t.ok(lines[0]?.endsWith('}\n'));
  t.match(JSON.parse(lines[0] ?? ''), {
    level: 30,
    time: /^\d{4}-\d\d-\d\dT/,
    event: 'device_connected',
    device: 'D1',
    n: 3,
    none: null,
    msg: 'device connected',
  });
});
