import { registeredPrincipal } from '../../../src/identity/clinician-principal.ts';
import type { ClinicianId } from '../../../src/model/ids.ts';
import { JSON_SUBPROTOCOL, serverCodecs } from '../../../src/protocol/device-codec.ts';
import { feedCommandReader, feedFrameReader } from '../../../src/protocol/feed-codec.ts';
import { CLIENT_TO_FEED } from '../../../src/protocol/feed-commands.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import type { Finding, FuzzCase, FuzzTarget, Step, Tally } from '../fuzz-case.ts';
import { FuzzRandom } from '../fuzz-random.ts';
import { type FrameSource, goodFrame, hostileFrame } from '../input/hostile-frame.ts';
import type { FrameSchemas } from '../input/schema.ts';
import type { Setting } from '../input/valid-value.ts';
import { type FuzzWorld, openFuzzWorld } from '../world/fuzz-world.ts';
import { CLINICIANS, DEVICES, KNOWN_NAMES, OUT_OF_SCOPE, PATIENTS } from '../world/people.ts';
import { WatchedTransport } from '../world/watched-transport.ts';
import type { TargetOptions } from './codec-target.ts';
import { judgeTime, openSessionRun, type SessionRun, stepAround } from './session-run.ts';
import { aroundStep, stepsOf } from './session-script.ts';

const START = 1_772_438_401_000;
const CASE_MS = 500;
const TOKEN_LIFE_MS = 3_600_000;
/** The registry writes shelves on a thread of its own. */
const ANSWER_WITHIN_MS = 5_000;

function clinicianOf(choice: number): ClinicianId {
  const clinician = CLINICIANS[choice % CLINICIANS.length];
  if (clinician === undefined) throw new RangeError(`no clinician ${choice}`);
  return clinician;
}

function script(random: FuzzRandom, source: FrameSource, setting: Setting): Step[] {
  const steps: Step[] = [];
  for (let left = stepsOf(random); left > 0; left--) {
    const kind = random.below(20);
    if (kind === 0) steps.push({ do: 'receive', binary: false, data: hostileFrame(source, random, setting) });
    else if (kind < 13)
      steps.push({ do: 'receive', binary: false, data: goodFrame(source, random, setting) });
    else if (kind < 15)
      steps.push({
        do: 'measure',
        patient: random.below(PATIENTS.length),
        heartRate: random.pick([20, 72, 190]),
      });
    else if (kind === 15 && random.oneIn(8)) steps.push({ do: 'leave' });
    else steps.push(aroundStep(random));
  }
  return steps;
}

/** The devices of the patients, which keep to the protocol: so that there are vitals and alarms to tell of. */
class Wearers {
  readonly #world: FuzzWorld;
  readonly #seqs = new Map<number, { seq: number; readonly receive: (frame: object) => void }>();

  constructor(world: FuzzWorld) {
    this.#world = world;
  }

  async connect(): Promise<void> {
    const { clock, sessions } = this.#world;
    for (const [i, device] of DEVICES.entries()) {
      const session = sessions.admit({
        ...{ id: 'wearer', device, codec: serverCodecs()[JSON_SUBPROTOCOL], refusal: () => null },
        ...{ tokenExpires: Number.MAX_SAFE_INTEGER, verifyToken: async () => null },
        certificateEnds: Number.MAX_SAFE_INTEGER,
        transport: { send: () => {}, close: () => {}, bufferedAmount: 0, pause: () => {}, resume: () => {} },
      });
      const receive = (frame: object): void => session.receive(JSON.stringify(frame), false);
      receive({ type: 'hello', stream: `00000000-0000-4000-8000-00000000000${i}`, time: clock.now() });
      this.#seqs.set(i, { seq: 0, receive });
    }
    await stepTurn();
  }

  measure(patient: number, heartRate: number): void {
    const wearer = this.#seqs.get(patient);
    if (!wearer) return;
    wearer.seq++;
    const samples = [{ t: this.#world.clock.now(), heart_rate: heartRate, spo2: 97 }];
    wearer.receive({ type: 'vitals', seq: wearer.seq, samples });
  }
}

const stepTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Clinicians' sessions behind the real feed, with devices that measure, one connection after the other. */
export async function feedSessionTarget({ seed, corpus }: TargetOptions): Promise<FuzzTarget> {
  const world = await openFuzzWorld();
  const wearers = new Wearers(world);
  await wearers.connect();
  const read = feedFrameReader();
  const readCommand = feedCommandReader();
  const source: FrameSource = {
    schemas: CLIENT_TO_FEED as unknown as FrameSchemas,
    encoding: 'json',
    corpus,
  };

  function connect(choice: number): SessionRun & Answering {
    const id = clinicianOf(choice);
    let owed = 0;
    const transport = new WatchedTransport<FeedFrame>({
      decode: (data) => {
        const text = String(data);
        if (text.includes(OUT_OF_SCOPE)) return { ok: false, problem: 'a patient outside the scope' };
        return read(text);
      },
      isReplayed: ({ type }) => type === 'alarm',
      judge: (frame) => {
        if (frame.type === 'result') owed--;
        return owed < 0 ? { kind: 'answered_twice', message: 'more results than commands' } : null;
      },
    });
    const principal = registeredPrincipal(id);
    const session = world.feed.admit({
      ...{ id: 'fuzzed', principal, transport, tokenExpires: world.clock.now() + TOKEN_LIFE_MS },
      verifyToken: async (token) =>
        token.length % 2 === 0
          ? { principal, expires: world.clock.now() + TOKEN_LIFE_MS }
          : { code: 'token_invalid', message: 'refused' },
    });
    return {
      transport,
      owed: () => owed,
      receive(data) {
        // As the gateway does with what the transport took for UTF-8.
        const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
        const decoded = readCommand(text);
        if (decoded.ok && decoded.frame.type !== 'received' && transport.closed === null) owed++;
        session.receive(text);
        return decoded;
      },
      leave: () => world.feed.left(session, 1006),
    };
  }

  return {
    name: 'feed-session',
    make(index) {
      const random = new FuzzRandom(seed, index);
      const at = START + index * CASE_MS;
      const choice = random.below(CLINICIANS.length);
      return {
        target: 'feed-session',
        choice,
        at,
        steps: script(random, source, { now: at, names: KNOWN_NAMES }),
      };
    },
    async run({ choice, at, steps }: FuzzCase, tally: Tally): Promise<Finding | null> {
      let last = connect(choice);
      let begun = false;
      const run = openSessionRun(world, at, () => {
        if (begun) last = connect(choice);
        begun = true;
        return last;
      });
      for (const step of steps) {
        if (step.do === 'receive') judgeTime(run, step, tally);
        else if (step.do === 'measure') wearers.measure(step.patient, step.heartRate);
        // Here the disk is as it should be: of what it is not, devices' sessions tell.
        else if (step.do !== 'fail' && step.do !== 'refuse' && step.do !== 'full')
          await stepAround(run, step);
        if (run.finding() !== null) break;
      }
      await answered(world, last);
      if (last.transport.closed === null && last.owed() > 0)
        run.report('unanswered', `${last.owed()} commands were not answered within ${ANSWER_WITHIN_MS} ms`);
      return await run.end(tally);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

interface Answering {
  readonly owed: () => number;
  readonly transport: { readonly closed: unknown };
}

/** Waits until every command has its answer, or the session is over. */
async function answered(world: FuzzWorld, session: Answering): Promise<void> {
  const until = performance.now() + ANSWER_WITHIN_MS;
  while (session.owed() > 0 && session.transport.closed === null && performance.now() < until) {
    world.journal.commit();
    await stepTurn();
  }
}
