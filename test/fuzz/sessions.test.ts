import fc from 'fast-check';
import t from 'tap';
import { type FuzzTarget, type Step, Tally } from '../../scripts/fuzz/fuzz-case.ts';
import { deviceSessionTarget } from '../../scripts/fuzz/targets/device-session-target.ts';
import { feedSessionTarget } from '../../scripts/fuzz/targets/feed-session-target.ts';
import { type DeviceSubprotocol, deviceCodec, JSON_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';
import { deviceFrame } from '../protocol/device-frames-arbitrary.ts';

const AT = 1_772_438_401_000;
const encode = (
  frame: Parameters<ReturnType<typeof deviceCodec>['encode']>[0],
  subprotocol: DeviceSubprotocol,
) => Buffer.from(deviceCodec(subprotocol).encode(frame) as Uint8Array);
const received = (data: Uint8Array): Step => ({ do: 'receive', binary: false, data });

const around: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    { do: 'commit' },
    { do: 'settle' },
    { do: 'refuse' },
    { do: 'full' },
    { do: 'room' },
    { do: 'leave' },
  ),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, 3_000) }),
  fc.record({ do: fc.constant('unread' as const), bytes: fc.constantFrom(0, 2_000_000) }),
);

/** What a target finds in any of these steps is a counterexample, which fast-check makes small. */
async function holds(
  target: FuzzTarget,
  steps: fc.Arbitrary<readonly Step[]>,
  choices: number,
): Promise<void> {
  const property = fc.asyncProperty(steps, fc.nat({ max: choices - 1 }), async (made, choice) => {
    const finding = await target.run({ target: target.name, choice, at: AT, steps: made }, new Tally());
    if (finding) throw new Error(`${finding.kind}: ${finding.message}`);
  });
  await fc.assert(property, { numRuns: 150 });
}

t.test('a device session stands whatever frames come in whatever order', async () => {
  await using target = await deviceSessionTarget({ seed: 1, corpus: [] });
  const frame = fc.oneof(
    { weight: 6, arbitrary: deviceFrame.map((one) => received(encode(one, JSON_SUBPROTOCOL))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map(received) },
  );
  // Each run has a stream of its own: the world outlives it, and knows how far a stream has come.
  const opening = fc.uuid().map((stream): Step[] => {
    const hello = encode({ type: 'hello', stream, time: AT }, JSON_SUBPROTOCOL);
    return [received(hello), { do: 'settle' }];
  });
  const numbered = fc
    .array(fc.nat({ max: 4 }), { maxLength: 6 })
    .map((skips) =>
      skips.map((skip, i) =>
        received(encode({ type: 'status', seq: i + 1 + Math.floor(skip / 4) }, JSON_SUBPROTOCOL)),
      ),
    );
  const steps = fc
    .tuple(fc.boolean(), opening, numbered, fc.array(fc.oneof(frame, around), { maxLength: 12 }))
    .map(([opened, begin, before, rest]) => [...(opened ? begin : []), ...before, ...rest]);
  // The first four are those of JSON.
  await holds(target, steps, 4);
});

t.test('a feed session stands whatever commands come in whatever order', async () => {
  await using target = await feedSessionTarget({ seed: 1, corpus: [] });
  const patient = fc.constantFrom('A1', 'B1', 'nobody', '../x', '');
  const command = fc.oneof(
    fc.record(
      {
        type: fc.constant('subscribe'),
        patients: fc.array(patient, { maxLength: 3 }),
        since: fc.constantFrom('0', '1', 'x'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('waveforms'), patient, signals: fc.subarray(['ppg', 'ecg_ii']) }),
    fc.record({ type: fc.constant('acknowledge'), alarm: fc.string() }),
    fc.record({
      type: fc.constant('shelve'),
      patient,
      vital: fc.constantFrom('spo2', 'x'),
      direction: fc.constant('low'),
      minutes: fc.double(),
      reason: fc.string(),
    }),
    fc.record({ type: fc.constant('observe'), patient, values: fc.dictionary(fc.string(), fc.double()) }),
    fc.record({ type: fc.constant('received'), cursor: fc.nat().map(String) }),
    fc.record({ type: fc.constant('refresh'), token: fc.string() }),
    fc.jsonValue(),
  );
  const measure = fc.record({
    do: fc.constant('measure' as const),
    patient: fc.nat({ max: 2 }),
    heartRate: fc.integer({ min: 1, max: 250 }),
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: command.map((one) => received(Buffer.from(JSON.stringify(one)))) },
    measure,
    around,
  );
  await holds(target, fc.array(step, { maxLength: 15 }), 3);
});
