import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import type { AccessGrant, Patient } from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';
import type { Log } from '../observe/log.ts';
import { CLOSE_CODES, type CloseCode } from '../protocol/close-codes.ts';
import { accessFrame, shelfFrame } from '../protocol/feed-frames.ts';
import { shownNews2 } from '../protocol/observation-fields.ts';
import { PreparedText } from '../protocol/prepared-text.ts';
import type { Registry } from '../registry/registry.ts';
import { AccessBoard } from './access-board.ts';
import { AlarmFrames } from './alarm-frames.ts';
import type { ClinicianSession } from './clinician-session.ts';
import { ServiceBoard, type ServiceFacts } from './service-board.ts';
import { ShelfBoard } from './shelf-board.ts';
import type { WardBoard } from './ward-board.ts';

/** At most one vitals frame per patient in this time. */
const VITALS_EVERY_MS = 1_000;

export interface FeedHubOptions {
  readonly bus: Bus;
  readonly board: WardBoard;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly log: Log;
  /** How the parts of the process do that clinicians are told of. */
  readonly service: () => ServiceFacts;
}

/** Relays what is on the bus to the clinicians who watch. A frame is made once, however many of them there are. */
export class FeedHub implements Disposable {
  readonly #options: FeedHubOptions;
  readonly #sessions = new Set<ClinicianSession>();
  /** Patients with new values since the last round. */
  #fresh = new Set<PatientId>();
  /** Patients who came, moved, were given another label or another device since the last round, as they were before. */
  #changed = new Map<PatientId, readonly Patient[]>();
  /** Every patient as they were when they were looked at last: whoever saw them there must hear that they are gone. */
  readonly #known: Map<PatientId, Patient>;
  /** Clinicians whose scope may be another since the last round. */
  #seenAnew = new Set<ClinicianId>();
  readonly #access: AccessBoard;
  readonly #shelves: ShelfBoard;
  readonly #service: ServiceBoard;
  readonly #timers: { cancel(): void }[];
  readonly #subscriptions: Disposable[];

  constructor(options: FeedHubOptions) {
    this.#options = options;
    this.#known = new Map(options.registry.patients().map((patient) => [patient.id, patient]));
    this.#access = new AccessBoard({
      registry: options.registry,
      now: () => options.clock.now(),
      onChange: (grant, ended) => this.#accessChanged(grant, ended),
    });
    this.#shelves = new ShelfBoard({
      registry: options.registry,
      now: () => options.clock.now(),
      onChange: (shelf, ended) => this.#shelfChanged(shelf, ended),
    });
    this.#service = new ServiceBoard({
      facts: options.service,
      now: () => options.clock.now(),
      onChange: (notice) => {
        const frame = new PreparedText(notice);
        this.#each((session) => session.service(frame));
      },
    });
    this.#timers = [
      options.clock.every(VITALS_EVERY_MS, () => this.#round()),
      options.clock.every(options.heartbeatMs, () => this.#heartbeat()),
    ];
    this.#subscriptions = [
      options.bus.subscribe({
        vitals: ({ patient }) => this.#fresh.add(patient),
        alarm: (event) => {
          const { patient } = event.alarm;
          const known = patient === null ? undefined : options.registry.patient(patient);
          const frames = new AlarmFrames(event, known ?? null);
          this.#each((session) => session.alarm(frames));
        },
        observation: (observation) => {
          this.#fresh.add(observation.patient);
          const frame = prepared({ type: 'observation', ...observation });
          this.#each((session) => session.concerning(observation.patient, frame));
        },
        score: ({ patient, at, news2 }) => {
          const frame = prepared({ type: 'news2', patient, at, news2: shownNews2(news2, at) });
          this.#each((session) => session.concerning(patient, frame));
        },
        presence: (change) => {
          const frame = prepared({ type: 'presence', ...change });
          this.#each((session) => session.concerning(change.patient, frame));
        },
        waveform: (waveform) => {
          const prepare = once(() => ({ type: 'waveform', ...waveform }));
          this.#each((session) => session.waveform(waveform, prepare));
        },
      }),
      options.registry.watch((change) => {
        if (change.kind === 'clinician') this.#tick();
        if (change.kind === 'clinician') this.#seenAnew.add(change.key as ClinicianId);
        if (change.kind === 'patient') this.#patientChanged(change.key as PatientId);
        if (change.kind === 'assignment') this.#reassigned(change.key as DeviceId);
      }),
    ];
  }

  join(session: ClinicianSession): void {
    this.#sessions.add(session);
    const notice = this.#service.notice();
    if (notice !== null) session.service(new PreparedText(notice));
  }

  /** Whoever watches the patient is sent newest values with the next round. */
  refresh(patient: PatientId): void {
    this.#fresh.add(patient);
  }

  leave(session: ClinicianSession): void {
    this.#sessions.delete(session);
  }

  get size(): number {
    return this.#sessions.size;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.cancel();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#access[Symbol.dispose]();
    this.#shelves[Symbol.dispose]();
    this.closeAll(1012, 'service restart');
  }

  closeAll(code: CloseCode, problem: string): void {
    for (const session of this.#sessions) session.close(code, problem);
  }

  /** Tells all of them. One that fails is ended, to come back and catch up: nobody else's alarm is lost with it. */
  #each(tell: (session: ClinicianSession) => void): void {
    for (const session of this.#sessions) {
      try {
        tell(session);
      } catch (cause) {
        this.#options.log.error({ event: 'feed_session_failed', err: cause }, 'a feed session failed');
        session.close(1011, CLOSE_CODES[1011].reason);
      }
    }
  }

  /** Once a second: the newest values of whoever has any, to whoever watches them. */
  #round(): void {
    const { board, clock } = this.#options;
    const time = clock.now();
    this.#access.tick(time);
    this.#shelves.tick(time);
    this.#service.tick(time);
    const [fresh, changed, seenAnew] = [this.#fresh, this.#changed, this.#seenAnew];
    this.#fresh = new Set();
    this.#changed = new Map();
    this.#seenAnew = new Set();
    const frames = new Map<PatientId, () => PreparedText>();
    const frameOf = (patient: PatientId): (() => PreparedText) => {
      let frame = frames.get(patient);
      if (!frame) {
        frame = once(() => ({ type: 'vitals', patient, time, values: board.newest(patient) }));
        frames.set(patient, frame);
      }
      return frame;
    };
    this.#each((session) => {
      if (seenAnew.has(session.clinician)) session.lookAgain();
      else if (changed.size > 0) session.patientsChanged(changed);
      for (const patient of session.waiting())
        if (!fresh.has(patient)) session.vitals(patient, frameOf(patient));
      for (const patient of fresh) session.vitals(patient, frameOf(patient));
    });
    this.#tick();
  }

  #patientChanged(id: PatientId): void {
    const [before, now] = [this.#known.get(id), this.#options.registry.patient(id)];
    if (now !== undefined) this.#known.set(id, now);
    this.#changed.set(id, [...(this.#changed.get(id) ?? []), ...(before === undefined ? [] : [before])]);
  }

  /** Who wore the device and who wears it: no other frame tells the former one's watchers. */
  #reassigned(device: DeviceId): void {
    for (const { patient } of this.#options.registry.assignmentsOf(device).slice(-2))
      this.#changed.set(patient, this.#changed.get(patient) ?? []);
  }

  /** At once: whoever broke the glass is in a hurry, and whoever lost access must not go on seeing. */
  #accessChanged(grant: AccessGrant, ended: boolean): void {
    const frame = prepared(accessFrame(grant, ended));
    this.#each((session) => {
      if (session.clinician === grant.clinician) session.lookAgain();
      session.access(grant, frame);
    });
  }

  #shelfChanged(shelf: Shelf, ended: boolean): void {
    const frame = prepared(shelfFrame(shelf, ended));
    this.#each((session) => session.shelf(shelf, frame));
  }

  #tick(): void {
    const now = this.#options.clock.now();
    this.#each((session) => session.tick(now));
  }

  #heartbeat(): void {
    const frame = prepared({
      type: 'heartbeat',
      time: this.#options.clock.now(),
      cursor: this.#options.bus.newestCursor(),
    });
    this.#each((session) => session.heartbeat(frame));
  }
}

/** Makes a frame when it is first asked for, and keeps it. */
function once(make: () => object): () => PreparedText {
  let made: PreparedText | null = null;
  return () => {
    made ??= prepared(make());
    return made;
  };
}

function prepared(frame: object): PreparedText {
  return new PreparedText(JSON.stringify(frame));
}
