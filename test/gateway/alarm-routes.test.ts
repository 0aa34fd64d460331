import { once } from 'node:events';
import t from 'tap';
import type { Alarm } from '../../src/model/alarm.ts';
import { patientId, wardId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { type RestAnswer, type RestRequest, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
await server.registry.addPatient({
  ...{ id: patientId('p-far'), ward: wardId('ward-2'), label: 'Far', news2: 'off' },
});
const wearable = await server.wearable('watch-1', 'p-1');
const nurse = await server.token('nurse-1');
const stranger = await server.token('nurse-2', { wards: ['ward-2'] });
const admin = await server.token('admin-1', { role: 'admin' });

const feed = server.feed(nurse);
const watching = once(feed, 'snapshot');
await feed.subscribe();
await watching;
const raised = once(feed, 'alarm');
const device = server.client(wearable);
const start = Date.now() - 30_000;
for (let s = 0; s < 30; s++) device.sendVitals([{ t: start + s * 1_000, spo2: s < 5 ? 97 : 85 }]);
await device.drain({ timeoutMs: 10_000 });
const [frame] = await raised;
const alarm = frame.alarm as Alarm;
const path = `/v1/alarms/${encodeURIComponent(alarm.id)}`;
const ask = (token: string | null, more = '', options: RestRequest = {}): Promise<RestAnswer> =>
  rest(server, token, `${path}${more}`, options);
const of = (answer: RestAnswer) => [answer.status, answer.body.code];
const NOT_FOUND = [404, 'alarm_not_found'];

t.test('an alarm is shown to whoever may see its patient', async (t) => {
  t.match(alarm.id, /:/);
  t.match((await ask(nurse)).body, { id: alarm.id, patient: 'p-1', vital: 'spo2', presence: 'on' });
  for (const token of [stranger, admin]) t.same(of(await ask(token)), NOT_FOUND);
  t.equal((await ask(null)).status, 401);
  t.same(of(await rest(server, nurse, `/v1/alarms/${'x%3A'.repeat(100)}`)), NOT_FOUND);
});

t.test('deliveries: to whom it was sent and who has it; an admin may look, too', async (t) => {
  const received = async () => {
    const { body } = await ask(nurse, '/deliveries');
    const [first] = body.deliveries as readonly Record<string, unknown>[];
    return first?.received_at !== null && body;
  };
  const body = await eventually(received);
  const delivery = { alarm: alarm.id, clinician: 'nurse-1', alerted_at: alarm.alerted_at };
  const times = { sent_at: Number, received_at: Number, acknowledged_at: null };
  t.match(body, { deliveries: [{ ...delivery, ...times }] });
  t.same((await ask(admin, '/deliveries')).body, body);
  t.same(of(await ask(stranger, '/deliveries')), NOT_FOUND);
});

t.test('what the person saw is read in the query alone, and nothing else is passed over', async (t) => {
  for (const [more, body, detail] of [
    ['?alertedat=5', undefined, /^querystring .*: alertedat is unknown$/],
    ['', { alerted_at: 123 }, /^body\.alerted_at .*\?alerted_at=/],
    ['', { note: 'seen' }, /^body\.note /],
    ['', [1], /^body /],
    ['', 'seen', /JSON/],
    ['?alerted_at=x', undefined, /querystring\/alerted_at/],
  ] as const)
    t.match(
      await ask(nurse, `/acknowledge${more}`, { method: 'POST', body }),
      { status: 400, body: { code: 'invalid_request', detail } },
      `${more} ${JSON.stringify(body)}`,
    );
  t.match((await ask(nurse)).body, { presence: 'on', acknowledged_by: null });
});

t.test('acknowledging is heard on the feed and counts as a delivery, once', async (t) => {
  const post = { method: 'POST' };
  t.same(of(await ask(stranger, '/acknowledge', post)), NOT_FOUND);
  t.same(of(await ask(admin, '/acknowledge', post)), NOT_FOUND);
  const heard = once(feed, 'alarm');
  const earlier = `/acknowledge?alerted_at=${alarm.alerted_at - 1}`;
  t.match((await ask(nurse, earlier, post)).body, {
    code: 'alarm_changed',
    detail: `alerted_at ${alarm.alerted_at - 1} is not where the alarm stands: it alerted last at ${alarm.alerted_at}`,
  });
  const heading = { ...post, body: '' };
  t.match(await ask(nurse, `/acknowledge?alerted_at=${alarm.alerted_at}`, heading), {
    status: 204,
    text: '',
  });
  t.match((await heard)[0], { event: 'acknowledged', alarm: { acknowledged_by: 'nurse-1' } });
  t.match(await ask(nurse, '/acknowledge', post), {
    status: 409,
    body: { code: 'alarm_not_live', detail: /^the alarm is acknowledged since \d{4}-[^ ]+Z by nurse-1$/ },
  });
  t.match((await ask(admin, '/deliveries')).body, {
    deliveries: [{ clinician: 'nurse-1', acknowledged_at: Number }],
  });
});

t.test('readiness tells how many alarms are unattended, and is no worse for it', async (t) => {
  const { body } = await rest(server, null, '/readyz');
  t.match(body, { state: 'ok', parts: { alarms: { state: 'ok', detail: /^\d+ unattended$/ } } });
});
