import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readLimitChoices } from '../../scripts/limits/limit-file.ts';
import { runScript } from '../support/admin-scripts.ts';
import { auditAt } from '../support/audit.ts';

/** Runs `limits` or `patient` in `cwd`; JSON is read. */
async function run(t: Test, cwd: string, code: number, name: string, ...args: string[]) {
  const result = await runScript(cwd, name, args);
  t.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
  if (code !== 0) t.match(result.stderr, /^error: [^\n]+\n$/, 'one line');
  return { ...result, json: args.includes('--json') && code === 0 ? JSON.parse(result.stdout) : undefined };
}

const ADMIN = `admin:${userInfo().username}`;

t.test('chosen for each scope, shown, explained, taken back, all of it on record', async (t) => {
  const cwd = t.testdir();
  const limits = (code: number, ...args: string[]) => run(t, cwd, code, 'limits', ...args);
  await run(t, cwd, 0, 'patient', 'add', 'p-12', '--ward', 'north', '--news2', 'scale_2');
  await run(t, cwd, 0, 'patient', 'set', 'p-12', '--news2', 'off', '--reason', 'Not an adult');

  const set = await limits(
    0,
    ...['set', 'spo2:low', '--patient', 'p-12', '--medium', '88', '--medium-delay', '15', '--high', '80'],
    ...['--high-delay', '0', '--margin', '1', '--clear-delay', '5', '--reason', 'COPD', '--json'],
  );
  const tier = { clear_margin: 1, clear_delay_ms: 5_000 };
  t.match(set.json, {
    scope: { kind: 'patient', id: 'p-12' },
    target: 'spo2:low',
    tiers: [
      { priority: 'medium', threshold: 88, onset_delay_ms: 15_000, ...tier },
      { priority: 'high', threshold: 80, onset_delay_ms: 0, ...tier },
    ],
    changed_by: ADMIN,
    reason: 'COPD',
  });
  const falling = ['set', 'spo2:falling', '--default', '--window', '60', '--medium', '4'];
  t.match(
    (await limits(0, ...falling, '--reason', 'desaturation')).stdout,
    /default: medium 4 within 60 s for 10 s/,
  );
  const shock = ['set', 'combination:shock', '--ward', 'north', '--when', 'pulse_rate>110, systolic_bp<100'];
  await limits(0, ...shock, '--priority', 'high', '--delay', '10', '--reason', 'sepsis');
  const file = join(cwd, 'off.json');
  writeFileSync(file, JSON.stringify({ tiers: [], reason: 'from a file' }));
  t.match(
    (await limits(0, 'set', 'glucose:low', '--ward', 'south', '--file', file)).stdout,
    /glucose:low, ward south: off.\nNo patient is on ward south yet/,
  );
  await limits(
    0,
    'unset',
    'spo2:low',
    '--patient',
    'p-12',
    '--tier',
    'high',
    '--reason',
    'not for escalation',
  );
  await limits(0, 'unset', 'heart_rate:low', '--ward', 'north', '--tier', 'high', '--reason', 'athletes');

  t.match((await limits(0, 'show', '--json')).json, [
    {
      scope: { kind: 'default' },
      target: 'spo2:falling',
      tiers: [{ change: 4, window_ms: 60_000, clear_margin: 1 }],
    },
    {
      scope: { kind: 'ward', id: 'north' },
      target: 'heart_rate:low',
      tiers: [{ priority: 'medium', threshold: 50 }],
    },
    {
      scope: { id: 'north' },
      target: 'combination:shock',
      tiers: [{ conditions: [{ clear_margin: 3 }, {}] }],
    },
    { scope: { id: 'south' }, target: 'glucose:low', tiers: [], reason: 'from a file' },
    {
      scope: { id: 'p-12' },
      target: 'spo2:low',
      tiers: [{ priority: 'medium' }],
      reason: 'not for escalation',
    },
  ]);
  const { stdout } = await limits(0, 'effective', '--patient', 'p-12');
  t.match(stdout, /^TARGET +LIMIT +FROM +BY +WHEN +REASON +HIDES\n/);
  t.match(
    stdout,
    /\nspo2:low +medium < 88 for 15 s; clears by 1 for 5 s +patient p-12 +admin:.* built in: medium < 90/,
  );
  t.match(stdout, /\nglucose:low +medium < 70 .* built in +- +- +- +-\n/);
  await limits(0, 'unset', 'spo2:low', '--patient', 'p-12', '--reason', 'weaned off');
  t.match((await limits(0, 'show', '--patient', 'p-12')).stdout, /^Nothing is chosen for patient p-12/);

  const { entries, verdict } = auditAt(join(cwd, 'var/audit.db'));
  t.match(verdict, { ok: true });
  const facts = entries.map(({ actorKind, action, subject, details }) => ({
    ...{ actorKind, action, subject },
    ...JSON.parse(details),
  }));
  t.match(facts, [
    { actorKind: 'admin', action: 'patient_changed', subject: 'p-12', change: 'added', ward: 'north' },
    { actorKind: 'admin', action: 'patient_changed', subject: 'p-12', news2: 'off', before: 'scale_2' },
    {
      actorKind: 'admin',
      action: 'limits_changed',
      subject: 'patient p-12',
      before: 'not chosen',
      reason: 'COPD',
    },
    { subject: 'default', target: 'spo2:falling' },
    { subject: 'ward north', target: 'combination:shock' },
    { subject: 'ward south', now: 'off' },
    {
      subject: 'patient p-12',
      before: /high < 80 at once/,
      now: 'medium < 88 for 15 s; clears by 1 for 5 s',
    },
    { subject: 'ward north', target: 'heart_rate:low' },
    { subject: 'patient p-12', now: 'not chosen', reason: 'weaned off' },
  ]);
});

t.test('what is not in order is refused in one line with its cure, and nothing changes', async (t) => {
  const cwd = t.testdir({ 'list.json': '[]', 'text.json': 'no json' });
  const why = ['--reason', 'test'];
  const cases: readonly (readonly [code: number, line: readonly string[], message: RegExp])[] = [
    [2, ['set', 'spo2:down', '--default', ...why], /spo2:down/],
    [2, ['set', 'spo2:low', '--default', '--medium', '-1', ...why], /--medium/],
    [2, ['set', 'spo2:low', '--medium', '88', ...why], /none of --patient/],
    [2, ['set', 'spo2:low', '--ward', 'a', '--default', '--medium', '88', ...why], /more than one of/],
    [1, ['set', 'spo2:low', '--patient', 'p-404', '--medium', '88', ...why], /"p-404" is not registered/],
    [2, ['set', 'spo2:low', '--default', '--medium', '88'], /--reason is missing/],
    [2, ['set', 'spo2:low', '--default', ...why], /no tier of spo2:low/],
    [2, ['set', 'spo2:low', '--default', '--medium', '88', '--off', ...why], /exclude each other/],
    [
      2,
      ['set', 'spo2:low', '--default', '--medium', '88', '--window', '60', ...why],
      /--window does not describe/,
    ],
    [
      1,
      ['set', 'spo2:low', '--default', '--medium', '88', '--high', '89', ...why],
      /high.threshold 89 .*limits_inv/,
    ],
    [2, ['set', 'spo2:falling', '--default', '--medium', '4', ...why], /--window is missing/],
    [
      2,
      ['set', 'combination:x', '--default', '--when', 'pulse>1', '--priority', 'low', ...why],
      /--when "pulse>1"/,
    ],
    [1, ['set', 'spo2:low', '--default', '--file', 'list.json', ...why], /no list "tiers"/],
    [1, ['set', 'spo2:low', '--default', '--file', 'text.json', ...why], /is not JSON/],
    [1, ['set', 'spo2:low', '--default', '--file', 'none.json', ...why], /none.json: cannot be read/],
    [1, ['unset', 'spo2:low', '--default', ...why], /is not chosen for default/],
    [1, ['unset', 'body_temp:low', '--default', '--tier', 'medium', ...why], /set body_temp:low --off/],
    [2, ['effective'], /none of --patient/],
  ];
  for (const [code, line, message] of cases)
    t.match((await run(t, cwd, code, 'limits', ...line)).stderr, message, line.join(' '));
  t.same((await run(t, cwd, 0, 'limits', 'show', '--json')).json, []);
});

t.test('a file of choices, for a replay or a what-if', async (t) => {
  const tier = { priority: 'medium', threshold: 88, onset_delay_ms: 0, clear_margin: 1, clear_delay_ms: 0 };
  const write = (value: unknown): string => {
    const path = join(t.testdir(), 'choices.json');
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  t.same(
    await readLimitChoices(
      write([
        { target: 'spo2:low', tiers: [tier] },
        { target: 'glucose:high', tiers: [] },
      ]),
    ),
    [
      {
        kind: 'value',
        vital: 'spo2',
        direction: 'low',
        tiers: [{ ...tier, vital: 'spo2', direction: 'low' }],
      },
      { kind: 'value', vital: 'glucose', direction: 'high', tiers: [] },
    ],
  );
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /is not a list/],
    [[null], /entry 1 is no choice/],
    [[{ target: 'spo2:low' }], /entry 1 is no choice/],
    [[{ target: 'spo2', tiers: [] }], /entry 1, spo2: target "spo2" is none/],
    [[{ target: 'spo2:low', tiers: [{ ...tier, threshold: '88' }] }], /entry 1, spo2:low: tiers.threshold/],
    [[{ target: 'spo2:low', tiers: [{ ...tier, delay: 3 }] }], /entry 1, spo2:low: tiers.delay .*left out/],
    [[{ target: 'spo2:low', tiers: [{ ...tier, threshold: 101 }] }], /entry 1, .*medium.threshold 101/],
    [
      [
        { target: 'spo2:low', tiers: [] },
        { target: 'spo2:low', tiers: [tier] },
      ],
      /names spo2:low twice/,
    ],
  ];
  for (const [value, message] of wrong)
    await t.rejects(readLimitChoices(write(value)), { code: 'limit_file_invalid', message });
  await t.rejects(readLimitChoices(join(t.testdir(), 'none.json')), { code: 'limit_file_unreadable' });
});
