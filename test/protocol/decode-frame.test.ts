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
