import { clinicianId, type DeviceId } from '../../../src/model/ids.ts';
import {
  CBOR_SUBPROTOCOL,
  type DeviceSubprotocol,
  deviceCodec,
  JSON_SUBPROTOCOL,
  serverCodecs,
} from '../../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, type ServerToDeviceFrame } from '../../../src/protocol/device-frames.ts';
import type { Finding, FuzzCase, FuzzTarget, Step, Tally } from '../fuzz-case.ts';
import { FuzzRandom } from '../fuzz-random.ts';
import { treeOf } from '../input/frame-tree.ts';
import { type FrameSource, hostileFrame, writeTree } from '../input/hostile-frame.ts';
import type { FrameSchemas } from '../input/schema.ts';
import { type Setting, validValue } from '../input/valid-value.ts';
import { type FuzzWorld, openFuzzWorld } from '../world/fuzz-world.ts';
import { DEVICES, KNOWN_NAMES } from '../world/people.ts';
import { WatchedTransport } from '../world/watched-transport.ts';
import type { TargetOptions } from './codec-target.ts';
import { judgeTime, openSessionRun, type SessionRun, stepAround } from './session-run.ts';
import { aroundStep, stepsOf } from './session-script.ts';

const SCHEMAS = DEVICE_TO_SERVER as unknown as FrameSchemas;
const START = 1_772_438_401_000;
const CASE_MS = 500;
const TOKEN_LIFE_MS = 3_600_000;
/** Tokens that hold begin with it. */
const GOOD_TOKEN = 'good';

const NURSE = clinicianId('nurse');

function deviceOf(choice: number): DeviceId {
  const device = DEVICES[choice % DEVICES.length];
  if (device === undefined) throw new RangeError(`no device ${choice}`);
  return device;
}

const subprotocolOf = (choice: number): DeviceSubprotocol =>
  choice < DEVICES.length ? JSON_SUBPROTOCOL : CBOR_SUBPROTOCOL;

/** The device's side of the protocol, mostly kept, with what breaks it in between. */
function script(random: FuzzRandom, source: FrameSource, setting: Setting): Step[] {
  const stream = random.uuid();
  let seq = 0;
  const binary = source.encoding === 'cbor';
  const send = (frame: unknown): Step => ({
    do: 'receive',
    binary,
    data: writeTree(treeOf(frame), source.encoding, null),
  });
  const valid = (type: string, fields: object): Step =>
    send({ ...(validValue(SCHEMAS[type] ?? {}, random, setting) as object), ...fields });
  const hello = { stream, time: setting.now + random.pick([0, 0, 0, 4_000, -600_000, 90_000_000]) };
  const ack = random.oneIn(3) ? { ack_interval_ms: 0 } : {};
  const steps: Step[] = random.oneIn(15) ? [] : [send({ type: 'hello', ...hello, ...ack }), { do: 'settle' }];
  for (let left = stepsOf(random); left > 0; left--) {
    const kind = random.below(20);
    if (kind === 0)
      steps.push({
        do: 'receive',
        binary: binary !== random.oneIn(50),
        data: hostileFrame(source, random, setting),
      });
    else if (kind < 10)
      steps.push(valid(random.pick(['vitals', 'vitals', 'waveform', 'status']), { seq: ++seq }));
    else if (kind === 10)
      steps.push(valid('vitals', { seq: random.pick([1, seq, seq + 2, seq + 1_000, 2 ** 53 - 1]) || 1 }));
    else if (kind === 11) steps.push(valid('result', {}), { do: 'command' });
    else if (kind === 12) steps.push(valid('refresh', random.oneIn(4) ? {} : { token: GOOD_TOKEN }));
    else if (kind === 13 && random.oneIn(6))
      steps.push({ do: 'leave' }, send({ type: 'hello', ...hello }), { do: 'settle' });
    else if (kind === 14) steps.push(hostileSamples(random, source, setting, ++seq));
    else steps.push(aroundStep(random));
  }
  return steps;
}

/** A frame that is valid, of samples that are not. */
function hostileSamples(random: FuzzRandom, source: FrameSource, setting: Setting, seq: number): Step {
  const samples = Array.from({ length: random.oneIn(50) ? 500 : 3 }, () =>
    random.oneIn(2)
      ? validValue({}, random, setting)
      : {
          ...(validValue({}, random, setting) as object),
          [random.pick(['t', 'spo2', 'x', 'quality'])]: random.pick([-1, 0, 1e9, 'x', null, 2 ** 60]),
        },
  );
  const data = writeTree(treeOf({ type: 'vitals', seq, samples }), source.encoding, null);
  return { do: 'receive', binary: source.encoding === 'cbor', data };
}

/** What a device may hold against a session: each conversation has one of these. */
class Conversation {
  readonly #world: FuzzWorld;
  /** What the device itself says was acked, which the server may believe while its disk says nothing. */
  claimed = 0;
  #welcomed = false;
  #acked = 0;

  constructor(world: FuzzWorld) {
    this.#world = world;
  }

  judge(frame: ServerToDeviceFrame): Finding | null {
    if (frame.type === 'welcome') {
      if (this.#welcomed) return { kind: 'welcomed_twice', message: 'a second welcome on one connection' };
      this.#welcomed = true;
      return this.#acks(frame.ack);
    }
    if (!this.#welcomed) return { kind: 'before_welcome', message: `${frame.type} came before welcome` };
    return frame.type === 'ack' ? this.#acks(frame.seq) : null;
  }

  #acks(seq: number): Finding | null {
    if (seq > Math.max(this.#world.journal.highest, this.claimed))
      return {
        kind: 'acked_too_much',
        message: `${seq} was acked, ${this.#world.journal.highest} is on disk`,
      };
    if (seq < this.#acked)
      return { kind: 'acked_backwards', message: `${seq} was acked after ${this.#acked}` };
    this.#acked = seq;
    return null;
  }
}

/** Device sessions behind the real pipeline, one connection after the other. */
export async function deviceSessionTarget(
  { seed, corpus }: TargetOptions,
  openWorld: () => Promise<FuzzWorld> = openFuzzWorld,
): Promise<FuzzTarget> {
  const world = await openWorld();
  const servers = serverCodecs();
  const clients = {
    [JSON_SUBPROTOCOL]: deviceCodec(JSON_SUBPROTOCOL),
    [CBOR_SUBPROTOCOL]: deviceCodec(CBOR_SUBPROTOCOL),
  };
  const corpusOf = (encoding: 'json' | 'cbor') =>
    corpus.filter(([first = 0]) => (first === 0x7b) === (encoding === 'json'));
  const recorded = { json: corpusOf('json'), cbor: corpusOf('cbor') };

  function connect(choice: number): SessionRun {
    const subprotocol = subprotocolOf(choice);
    const { decode } = clients[subprotocol];
    const conversation = new Conversation(world);
    const transport = new WatchedTransport<ServerToDeviceFrame>({
      decode: (data) => decode(data, subprotocol === CBOR_SUBPROTOCOL),
      judge: (frame) => conversation.judge(frame),
    });
    const session = world.sessions.admit({
      ...{ id: 'fuzzed', device: deviceOf(choice), transport },
      ...{
        codec: servers[subprotocol],
        tokenExpires: world.clock.now() + TOKEN_LIFE_MS,
        refusal: () => null,
        certificateEnds: world.clock.now() + TOKEN_LIFE_MS,
      },
      verifyToken: async (token) =>
        token.startsWith(GOOD_TOKEN) ? { expires: world.clock.now() + TOKEN_LIFE_MS } : null,
    });
    return {
      transport,
      receive(data, binary) {
        const read = servers[subprotocol].decode(data, binary);
        if (read.ok && read.frame.type === 'hello') conversation.claimed = claimOf(read.frame);
        session.receive(data, binary);
        return read;
      },
      leave: () => world.sessions.left(session, 1006),
    };
  }

  return {
    name: 'device-session',
    make(index) {
      const random = new FuzzRandom(seed, index);
      const choice = random.below(DEVICES.length * 2);
      const encoding = subprotocolOf(choice) === JSON_SUBPROTOCOL ? 'json' : 'cbor';
      const at = START + index * CASE_MS;
      const source: FrameSource = { schemas: SCHEMAS, encoding, corpus: recorded[encoding] };
      return {
        target: 'device-session',
        choice,
        at,
        steps: script(random, source, { now: at, names: KNOWN_NAMES }),
      };
    },
    async run({ choice, at, steps }: FuzzCase, tally: Tally) {
      const run = openSessionRun(world, at, () => connect(choice));
      for (const step of steps) {
        if (step.do === 'receive') judgeTime(run, step, tally);
        else if (step.do === 'command')
          world.bus.publishCommand({
            id: 'c1',
            device: deviceOf(choice),
            name: 'identify',
            args: {},
            requested_by: NURSE,
          });
        else await stepAround(run, step);
        if (run.finding() !== null) break;
      }
      return await run.end(tally);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function claimOf(frame: object): number {
  return 'acked' in frame && typeof frame.acked === 'number' ? frame.acked : 0;
}
