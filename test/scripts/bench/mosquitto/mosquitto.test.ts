import t from 'tap';
import { vitalsText } from '../../../../scripts/bench/load/vitals-text.ts';
import { TopicOrder } from '../../../../scripts/bench/mosquitto/topic-order.ts';
import { mosquittoConfig } from '../../../../scripts/rig/mosquitto-process.ts';

const frame = (seq: number): Buffer => Buffer.from(vitalsText(seq, 0));

t.test('what came is counted once, by the order of each device', async (t) => {
  const order = new TopicOrder();
  order.came('a', frame(1), false);
  order.came('b', frame(1), false);
  order.came('a', frame(2), false);
  order.came('a', frame(2), true);
  t.equal(order.count, 3, 'what is sent again is not counted twice');
  t.equal(order.problem, null);
  order.came('b', frame(3), false);
  t.equal(order.problem, '3 of b came after 1');
});

t.test('what comes twice, or is no frame, is a problem', async (t) => {
  for (const wrong of [frame(1), Buffer.from('{}')]) {
    const order = new TopicOrder();
    order.came('a', frame(1), false);
    order.came('a', wrong, false);
    t.not(order.problem, null);
  }
});

t.test('the broker asks for certificates, persists, and holds nothing back', async (t) => {
  const paths = { cert: '/c.crt', key: '/c.key', ca: '/ca.crt', directory: '/tmp/m' };
  const lines = mosquittoConfig({ ...paths, port: 8_883 }).split('\n');
  for (const line of [
    'listener 8883 127.0.0.1',
    'socket_domain ipv4',
    'protocol websockets',
    'cafile /ca.crt',
    'require_certificate true',
    'use_identity_as_username true',
    'persistence true',
    'persistence_location /tmp/m/',
    'max_inflight_messages 0',
    'max_queued_messages 0',
  ])
    t.ok(lines.includes(line), line);
  t.notOk(
    lines.some((line) => line.startsWith('autosave')),
    'as often as by default',
  );
});
