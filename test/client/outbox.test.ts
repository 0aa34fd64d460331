import fc from 'fast-check';
import t from 'tap';
import { DEVICE_CLIENT_DEFAULTS } from '../../src/client/device-client-options.ts';
import { Outbox } from '../../src/client/outbox.ts';
import { MAX_SAMPLES_PER_FRAME } from '../../src/protocol/limits.ts';

const roomy = { backlog: { frames: 1_000, bytes: 1e9 }, window: { frames: 1_000, bytes: 1e9 } };
const vitals = (...times: number[]) =>
  ({ type: 'vitals', samples: times.map((time) => ({ t: time, spo2: 97 })) }) as const;

type Step =
  | { readonly do: 'add'; readonly samples: number }
  | { readonly do: 'send' }
  | { readonly do: 'ack'; readonly share: number }
  | { readonly do: 'reconnect' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), samples: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ do: fc.constant('send' as const) }),
  fc.record({ do: fc.constant('ack' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ do: fc.constant('reconnect' as const) }),
);

t.test(
  'whatever happens on the way, a server that takes numbers in order gets every moment once, in order',
  (t) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (steps, window) => {
        const outbox = new Outbox({ ...roomy, window: { frames: window, bytes: 1e9 } });
        const taken: number[] = [];
        let added = 0;
        let highest = 0;
        const send = (): boolean => {
          const frame = outbox.next();
          if (frame?.type !== 'vitals') return false;
          if (frame.samples.length > MAX_SAMPLES_PER_FRAME) throw new Error('frame too large');
          // A gap would be asked for again; a duplicate is passed over.
          if (frame.seq > highest + 1) throw new Error(`gap before ${frame.seq}`);
          if (frame.seq === highest + 1) {
            highest += 1;
            taken.push(...frame.samples.map((sample) => sample.t));
          }
          return true;
        };
        for (const now of steps) {
          if (now.do === 'add') {
            outbox.add(vitals(...Array.from({ length: now.samples }, () => added++)));
          } else if (now.do === 'send') send();
          else if (now.do === 'ack') {
            outbox.ackTo(outbox.acked + Math.floor((highest - outbox.acked) * now.share));
          } else outbox.rewindTo(outbox.acked + 1);
          if (outbox.inFlight > window) throw new Error('window exceeded');
        }
        while (!outbox.isEmpty) {
          while (send());
          outbox.ackTo(highest);
        }
        return taken.length === added && taken.every((time, index) => time === index);
      }),
    );
    t.end();
  },
);

t.test('the backlog keeps within both bounds by giving up its oldest', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 100 }),
      fc.integer({ min: 1, max: 20 }),
      (sizes, frames) => {
        const outbox = new Outbox({ ...roomy, backlog: { frames, bytes: 20_000 } });
        let added = 0;
        let dropped = 0;
        for (const size of sizes) {
          dropped += outbox.add(vitals(...Array.from({ length: size }, () => added++))).samples;
          if (outbox.waiting > frames) return false;
        }
        const kept: number[] = [];
        for (let frame = outbox.next(); frame?.type === 'vitals'; frame = outbox.next())
          kept.push(...frame.samples.map((sample) => sample.t));
        return kept.length === added - dropped && kept.every((time, index) => time === dropped + index);
      },
    ),
  );
  t.end();
});

t.test('an ack beyond what was sent, or one that comes again, changes nothing', (t) => {
  const outbox = new Outbox(roomy);
  outbox.add(vitals(1));
  outbox.next();
  t.same(outbox.ackTo(99), { frames: 1, samples: 1 });
  t.equal(outbox.acked, 1);
  t.same(outbox.ackTo(1), { frames: 0, samples: 0 });
  outbox.add(vitals(2));
  t.match(outbox.next(), { seq: 2 });
  t.end();
});

t.test('frames of different kinds keep their order, and moments are put together only side by side', (t) => {
  const outbox = new Outbox(roomy);
  outbox.add(vitals(1));
  outbox.add(vitals(2, 3));
  outbox.add({ type: 'status', worn: true });
  outbox.add(vitals(4));
  t.match(outbox.next(), { seq: 1, samples: [{ t: 1 }, { t: 2 }, { t: 3 }] });
  t.match(outbox.next(), { seq: 2, type: 'status' });
  t.match(outbox.next(), { seq: 3, samples: [{ t: 4 }] });
  t.equal(outbox.next(), null);
  t.end();
});

t.test('by default five hours of a sample a second with many vitals go out without an ack', (t) => {
  const { maxInFlight: frames, maxInFlightBytes: bytes } = DEVICE_CLIENT_DEFAULTS;
  const outbox = new Outbox({ backlog: { frames: 10, bytes: 1e6 }, window: { frames, bytes } });
  const values = { heart_rate: 72, pulse_rate: 72, resp_rate: 14, spo2: 97, body_temp: 37, skin_temp: 33 };
  for (let second = 1; second <= 5 * 3_600; second++) {
    outbox.add({ type: 'vitals', samples: [{ t: second * 1_000, ...values }] });
    if (outbox.next()?.seq !== second) throw new Error(`nothing goes out after ${second} s`);
  }
  t.equal(outbox.inFlight, 18_000);
  t.end();
});
