import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Outbox } from '../../src/client/outbox.ts';
import type { JournalCondition } from '../../src/journal/journal.ts';
import { isFrame } from '../../src/model/record.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { DeviceFrame } from '../../src/protocol/device-frames.ts';
import { type ControlledJournal, controlledJournal } from '../support/controlled-journal.ts';
import { settled } from '../support/happening.ts';
import { D1, type IngestWorld, ingestWorld, type Peer } from '../support/ingest-world.ts';

/** What may happen next between a device, its network, the server and the disk. */
type Event =
  | { readonly does: 'measure' | 'deliver'; readonly frames: number }
  | { readonly does: 'repeat' | 'reconnect' | 'commit' | 'tick' | 'forget' }
  | { readonly does: 'condition' | 'refuse'; readonly condition: JournalCondition };

const LASTING = ['stalled', 'disk_full', 'unread_full'] as const;
const some = fc.integer({ min: 1, max: 6 });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: some.map((frames) => ({ does: 'measure' as const, frames })) },
  { weight: 6, arbitrary: some.map((frames) => ({ does: 'deliver' as const, frames })) },
  { weight: 2, arbitrary: fc.constantFrom('commit', 'tick').map((does) => ({ does }) as Event) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('repeat', 'reconnect', 'forget').map((does) => ({ does }) as Event),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<JournalCondition>('ok', 'ok', 'behind', ...LASTING)
      .map((condition) => ({ does: 'condition' as const, condition })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...LASTING).map((condition) => ({ does: 'refuse' as const, condition })),
  },
);

/** A device as the protocol wants it, and a network that keeps the order. */
class Device {
  readonly stream: string;
  readonly outbox = new Outbox({
    backlog: { frames: 1_000, bytes: 1e9 },
    window: { frames: 1_000, bytes: 1e9 },
  });
  readonly problems: string[] = [];
  peer: Peer | null = null;
  measured = 0;
  readonly #unsent: Sample[] = [];
  #read = 0;
  #welcomed = false;

  constructor(stream: string) {
    this.stream = stream;
  }

  connect(world: IngestWorld): void {
    this.peer?.leave();
    this.peer = world.connect(D1);
    this.#read = 0;
    this.#welcomed = false;
    this.peer.send({
      type: 'hello',
      stream: this.stream,
      time: world.clock.now(),
      ack_interval_ms: 0,
      acked: this.outbox.acked,
    });
  }

  measure(now: number): void {
    this.measured += 1;
    this.#unsent.push({ t: now, steps: this.measured });
  }

  /** Puts the next frame on the socket, unless the server does not read it. */
  deliver(): boolean {
    this.listen();
    const { peer } = this;
    if (peer === null || !this.#welcomed || peer.transport.paused || peer.transport.closed) return false;
    const frame = this.outbox.next() ?? this.#fresh();
    if (frame === null) return false;
    peer.send(frame as DeviceFrame);
    return true;
  }

  /** One sample a frame, so that the frame's number is the value in it. */
  #fresh() {
    const sample = this.#unsent.shift();
    if (sample === undefined) return null;
    this.outbox.add({ type: 'vitals', samples: [sample] });
    return this.outbox.next();
  }

  get isEmpty(): boolean {
    return this.#unsent.length === 0 && this.outbox.isEmpty;
  }

  /** Does what the server said. */
  listen(): void {
    const { peer, outbox } = this;
    for (const frame of peer?.frames.slice(this.#read) ?? []) {
      this.#read += 1;
      if (frame.type === 'welcome') {
        if (frame.ack < outbox.acked) this.problems.push(`welcome ${frame.ack} after ack ${outbox.acked}`);
        outbox.ackTo(frame.ack);
        outbox.rewindTo(outbox.acked + 1);
        this.#welcomed = true;
      }
      if (frame.type === 'ack') outbox.ackTo(frame.seq);
      if (frame.type === 'resend' && !outbox.rewindTo(frame.from))
        this.problems.push(`asked for ${frame.from}, which was acked`);
    }
  }
}

async function happen(
  one: Event,
  device: Device,
  world: IngestWorld,
  journal: ControlledJournal,
): Promise<void> {
  switch (one.does) {
    case 'measure':
      for (let n = 0; n < one.frames; n++) device.measure(world.clock.now());
      return;
    case 'deliver':
      for (let n = 0; n < one.frames; n++) device.deliver();
      return;
    case 'repeat':
      if (device.outbox.acked > 0)
        device.peer?.send({
          type: 'vitals',
          seq: device.outbox.acked,
          samples: [{ t: world.clock.now(), steps: 999_999 }],
        });
      return;
    case 'reconnect':
      return device.connect(world);
    case 'forget':
      // As a ledger that had to make room while the device was away.
      if (device.outbox.inFlight > 0) return;
      world.ledger.forget(D1);
      return device.connect(world);
    case 'commit':
      return journal.commit();
    case 'tick':
      return world.clock.advance(100);
    case 'condition':
      return journal.become(one.condition);
    case 'refuse':
      return journal.refuseNext(one.condition);
  }
}

t.test(
  'whatever the disk and the network do, each frame is heard once and recorded once, in order',
  async (t) => {
    const journal = controlledJournal();
    const world = await ingestWorld(t, { journal });
    let run = 0;
    let heard: number[] = [];
    const evaluate = world.desk.evaluate.bind(world.desk);
    world.desk.evaluate = (arrival) => {
      heard.push(...arrival.samples.map(({ steps }) => steps ?? 0));
      evaluate(arrival);
    };
    let relayed: number[] = [];
    world.bus.subscribe({
      vitals: ({ samples }) => void relayed.push(...samples.map(({ steps }) => steps ?? 0)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
        run += 1;
        [heard, relayed] = [[], []];
        const stream = `0198c0de-0000-7000-8000-${String(run).padStart(12, '0')}`;
        const device = new Device(stream);
        const seqs = (): number[] =>
          journal.records.flatMap((record) =>
            isFrame(record) && record.stream === stream ? record.seq : [],
          );
        device.connect(world);
        for (const one of events) {
          await happen(one, device, world, journal);
          await settled();
          device.listen();
          const durable = Math.max(0, ...seqs());
          assert.ok(device.outbox.acked <= durable, `acked ${device.outbox.acked}, durable ${durable}`);
        }
        // The disk is well again, and stays so.
        for (let round = 0; round < 400 && !device.isEmpty; round++) {
          if (device.peer?.transport.closed) device.connect(world);
          journal.become('ok');
          await settled();
          while (device.deliver());
          journal.commit();
          await settled();
          world.clock.advance(100);
          device.listen();
        }
        const all = Array.from({ length: device.measured }, (_, index) => index + 1);
        assert.deepEqual(
          { problems: device.problems, recorded: seqs(), heard, relayed, acked: device.outbox.acked },
          { problems: [], recorded: all, heard: all, relayed: all, acked: device.measured },
        );
      }),
      { numRuns: 150 },
    );
  },
);
