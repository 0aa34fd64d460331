import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { FeedFrame, PatientSnapshot } from '../../src/protocol/feed-frames.ts';
import type { ShownNews2 } from '../../src/protocol/observation-fields.ts';
import { auditAt } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

/** Wall time that can be set forward: what is told by the time of samples need not be waited for. */
function settableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0;
  return {
    ...systemClock(),
    now: () => Date.now() + ahead,
    forward(ms) {
      ahead += ms;
    },
  };
}

const WELL = { resp_rate: 16, spo2: 97, pulse_rate: 80, body_temp: 37, systolic_bp: 120 };
/** 3 for resp_rate, 3 for pulse. */
const ILL = { ...WELL, resp_rate: 26, pulse_rate: 135 };

t.test('from a partial score to an alarm, and over a restart', async (t) => {
  const clock = settableClock();
  const server = await runningServer(t, { clock });
  const wearable = await server.wearable('watch-1', 'p-1');
  const token = await server.token('nurse-1');
  const feed = server.feed(token);
  const frames: FeedFrame[] = [];
  for (const name of ['news2', 'observation', 'alarm'] as const)
    feed.on(name, (frame: FeedFrame) => frames.push(frame));
  const scored = (wanted: (news2: ShownNews2) => boolean) =>
    eventually(() => frames.find((frame) => frame.type === 'news2' && wanted(frame.news2)));
  await feed.subscribe({ ward: 'ward-1' });
  const [snapshot] = await once(feed, 'snapshot');
  t.match(snapshot.patients[0].news2, { kind: 'partial', inputs: [] });
  t.equal(snapshot.patients[0].news2.lacks.length, 7);

  const client = server.client(wearable, {
    backoff: { withJitter: { baseMs: 50, capMs: 200 }, later: { baseMs: 50, capMs: 200 } },
  });
  const send = async (vitals: typeof WELL): Promise<void> => {
    client.sendVitals([{ t: clock.now(), ...vitals }]);
    await client.drain({ timeoutMs: 10_000 });
  };
  await send(WELL);
  t.match(await scored(({ kind }) => kind === 'partial'), {
    patient: 'p-1',
    news2: { kind: 'partial', scale: 1, lacks: ['oxygen', 'consciousness'] },
  });
  t.notOk(frames.some((frame) => frame.type === 'news2' && 'score' in frame.news2));

  const path = '/v1/patients/p-1/observations';
  const enter = (body: unknown, as = token) => rest(server, as, path, { method: 'POST', body });
  const entered = await enter({ oxygen: 'air', consciousness: 'alert' });
  t.equal(entered.status, 201, entered.text);
  t.match(await scored(({ kind }) => kind === 'score'), { news2: { score: 0, trigger: 'none' } });
  t.match(
    frames.find((frame) => frame.type === 'observation'),
    { id: entered.body.id, by: 'nurse-1', oxygen: 'air', consciousness: 'alert', values: {} },
  );

  await t.test('what cannot be so, or is not theirs to enter, is refused', async (t) => {
    const refused: readonly [unknown, RegExp][] = [
      [{}, /nothing was observed/],
      [{ values: { spo2: 140 } }, /values\.spo2 140 is impossible: it is >0 and <=100 %/],
      [{ values: { mood: 3 } }, /mood is not a vital/],
      [{ oxygen: 'air', t: clock.now() + 120_000 }, /in the future/],
      [{ oxygen: 'air', t: clock.now() - 24 * 3_600_000 - 60_000 }, /more than 24 h ago/],
      [{ oxygen: 'helium' }, /oxygen/],
    ];
    for (const [body, detail] of refused) {
      const answer = await enter(body);
      t.match(answer, { status: 400, body: { code: 'invalid_request', detail } }, JSON.stringify(body));
    }
    const stranger = await server.token('nurse-2', { wards: ['ward-2'] });
    t.match(await enter({ oxygen: 'air' }, stranger), { status: 403, body: { code: 'patient_forbidden' } });
    for (const other of [path, '/v1/patients/p-1/news2'])
      t.match(await rest(server, stranger, other), { status: 403, body: { code: 'patient_forbidden' } });
    t.match(await feed.observe({ patient: 'p-9', oxygen: 'air' }), { ok: false, code: 'patient_forbidden' });
    t.match(await feed.observe({ patient: 'p-1', values: { spo2: 140 } }), {
      ok: false,
      code: 'invalid_request',
      message: /impossible/,
    });
  });

  clock.forward(2_000);
  await send(ILL);
  t.match(await scored(({ score }) => score === 6), { news2: { trigger: 'urgent' } });
  t.notOk(frames.some((frame) => frame.type === 'alarm' && frame.alarm.kind === 'physiological'));
  clock.forward(58_000);
  await send(ILL);
  clock.forward(3_000);
  await send(ILL);
  const raised = await eventually(() =>
    frames.find((frame) => frame.type === 'alarm' && 'cause' in frame.alarm && frame.alarm.cause === 'news2'),
  );
  t.match(raised, {
    event: 'raised',
    alarm: { patient: 'p-1', device: null, priority: 'medium', score: 6, trigger: 'urgent' },
  });

  t.match(await feed.observe({ patient: 'p-1', oxygen: 'oxygen', values: { body_temp: 38.5 } }), {
    ok: true,
  });
  t.match(await scored(({ score }) => score === 9), { news2: { trigger: 'emergency' } });
  const now = await rest(server, token, '/v1/patients/p-1/news2');
  t.match(now.body, { patient: 'p-1', kind: 'score', score: 9, trigger: 'emergency', scale: 1 });
  const inputs = now.body.inputs as Record<string, unknown>[];
  t.match(
    inputs.find(({ parameter }) => parameter === 'temperature'),
    { value: 38.5, points: 1 },
  );
  for (const { parameter, age_ms } of inputs)
    t.ok(Number(age_ms) >= 0 && Number(age_ms) < 120_000, `${parameter} is ${age_ms} ms old`);

  await server.app.drained();
  const { observations } = (await rest(server, token, path)).body as { observations: unknown[] };
  t.match(observations, [
    { oxygen: 'oxygen', consciousness: null, values: { body_temp: 38.5 }, by: 'nurse-1' },
    { id: entered.body.id, oxygen: 'air', consciousness: 'alert', values: {} },
  ]);
  const history = await rest(
    server,
    token,
    `/v1/patients/p-1/vitals?vital=body_temp&from=${clock.now() - 600_000}&to=${clock.now() + 1}`,
  );
  t.match((history.body.values as unknown[]).at(-1), { device: 'manual', value: 38.5 });

  await server.restart();
  await send({ ...ILL, body_temp: 38.5 });
  const again = await eventually(async () => {
    const { body } = await rest(server, token, '/v1/patients/p-1/news2');
    return body.kind === 'score' ? body : null;
  });
  t.match(again, { score: 9, trigger: 'emergency' });
  const alarms = (await rest(server, token, '/v1/patients/p-1')).body.alarms as { cause?: string }[];
  t.equal(alarms.filter(({ cause }) => cause === 'news2').length, 1, 'and so does the alarm');

  // As after a crash: only what is in the stores is left.
  await server.restart(() => rmSync(join(server.directory, 'var/alarm-state.json')));
  t.match(
    await eventually(async () => {
      const { body } = await rest(server, token, '/v1/patients/p-1/news2');
      return (body.inputs as unknown[]).length >= 4 ? body : null;
    }),
    {
      kind: 'partial',
      lacks: ['resp_rate', 'spo2', 'pulse'],
      inputs: [
        { parameter: 'oxygen', value: 'oxygen' },
        { parameter: 'systolic_bp', value: 120 },
        { parameter: 'consciousness', value: 'alert' },
        { parameter: 'temperature', value: 38.5 },
      ],
    },
  );
  const { values } = (await rest(server, token, '/v1/patients/p-1')).body as PatientSnapshot;
  t.match(values, { systolic_bp: { value: 120 }, body_temp: { value: 38.5 } }, 'shown until measured again');
  t.ok(Number(values.systolic_bp?.age_ms) < 120_000);
  t.same(Object.keys(values).sort(), ['body_temp', 'systolic_bp'], 'the others are not waited for');
  await send({ ...ILL, body_temp: 38.5 });
  t.match(
    await eventually(async () => {
      const { body } = await rest(server, token, '/v1/patients/p-1/news2');
      return body.kind === 'score' ? body : null;
    }),
    { score: 9 },
  );
  const { entries } = auditAt(join(server.directory, 'var/audit.db'));
  const acts = entries.filter(({ action }) => action === 'observation_entered');
  t.same(
    acts.map(({ actor, subject }) => `${actor} ${subject}`),
    ['nurse-1 p-1', 'nurse-1 p-1'],
  );
});
