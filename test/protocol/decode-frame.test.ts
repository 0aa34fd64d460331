import t from 'tap';
import { JSON_SUBPROTOCOL, serverCodecs } from '../../src/protocol/device-codec.ts';
import { feedCommandReader } from '../../src/protocol/feed-codec.ts';

const read = feedCommandReader();
const { decode } = serverCodecs()[JSON_SUBPROTOCOL];
const observed = (name: string) =>
  read(JSON.stringify({ type: 'observe', patient: 'p', values: { [name]: 'x' } }));

t.test('a problem names the fields of the protocol', async (t) => {
  t.match(observed('spo2'), { ok: false, problem: 'observe.values.spo2 must be number' });
  t.match(read('{"type":"subscribe","patients":["a","/"]}'), { problem: /^subscribe\.patients\.1 must / });
});

t.test('a problem holds no name that may be a secret, and stays short', async (t) => {
  for (const name of ['secret-canary', 'Mrs. Canary', 'canary'.repeat(9_000), 'canary\u0001', '~canary', ''])
    t.match(
      observed(name),
      { ok: false, problem: /^observe\.values must / },
      JSON.stringify(name.slice(0, 20)),
    );
});

t.test('a mark of byte order before JSON is refused, in bytes as in text', async (t) => {
  const marked = '\ufeff{"type":"status","seq":1}';
  t.match(decode(marked, false), { ok: false, problem: 'not JSON' });
  t.match(decode(Buffer.from(marked), false), { ok: false, problem: 'not JSON' });
  t.match(read('\ufeff{"type":"unsubscribe"}'), { ok: false, problem: 'not JSON' });
});

t.test('a frame that holds far too much is refused as fast as it is read', async (t) => {
  const many = Array.from({ length: 60_000 }, () => ({}));
  const values = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 'x']));
  const frames = [
    [decode(JSON.stringify({ type: 'vitals', seq: 1, samples: many }), false), 'vitals.samples', '500 items'],
    [read(JSON.stringify({ type: 'subscribe', patients: many })), 'subscribe.patients', '1000 items'],
    [read(JSON.stringify({ type: 'observe', patient: 'p', values })), 'observe.values', '64 properties'],
  ] as const;
  for (const [decoded, field, most] of frames)
    t.match(decoded, { ok: false, problem: `${field} must not have more than ${most}` });
  const text = JSON.stringify({ type: 'vitals', seq: 1, samples: many });
  const spent = process.cpuUsage();
  for (let i = 0; i < 5; i++) decode(text, false);
  const { user, system } = process.cpuUsage(spent);
  t.ok((user + system) / 5 < 50_000, `${(user + system) / 5} \u00b5s of the processor a frame`);
});
