import type { Clock } from '../core/clock.ts';
import type { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';
import type { StatusFrame } from '../protocol/device-frames.ts';
import type { ClockSkew } from './clock-skew.ts';
import { HoldBack } from './hold-back.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { FrameRejection, Pipeline, StreamFrame } from './pipeline.ts';
import type { ReadingPause } from './reading-pause.ts';
import type { StreamProgress } from './stream-progress.ts';

export interface StreamIntakeOptions {
  readonly device: DeviceId;
  readonly reading: ReadingPause;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly progress: StreamProgress;
  readonly clockSkew: ClockSkew;
  /** Battery and wear, the first time that the frame comes. */
  readonly onStatus: (frame: StatusFrame) => void;
  readonly onRejection: (seq: number, rejection: FrameRejection) => void;
  /** What was acked came again: the device has missed the ack. */
  readonly onDuplicate: () => void;
  /** A frame was handed to the journal. */
  readonly onHandedOver: () => void;
  /** A frame could not be recorded: `askForMissed` is to be called now and again, until nothing `isMissed`. */
  readonly onMissed: () => void;
  /** The device is to send everything from this number on again. */
  readonly onMissing: (from: number) => void;
  /** More frames came than may wait for the disk. */
  readonly onOverflow: () => void;
  /** The journal refuses for a reason that no waiting mends. */
  readonly onFailed: (cause: unknown) => void;
}

/**
 * The numbered frames of one connection: strictly in order, each heard once and recorded once. While the journal takes
 * nothing they are heard only, `heard` runs ahead of `received`, and the device keeps them; later they are asked for
 * again, to be recorded and nothing else.
 */
export class StreamIntake {
  readonly #options: StreamIntakeOptions;
  readonly #holdBack: HoldBack<StreamFrame>;
  /** The gap already asked for, so that a burst behind a gap asks once. */
  #askedFrom = 0;
  /** A frame above `received` came and could not be recorded, and was not asked for since. */
  #missed = false;
  readonly #kept: ReturnType<Pipeline['kept']>;

  constructor(options: StreamIntakeOptions) {
    this.#options = options;
    this.#kept = options.pipeline.kept(options.device, options.progress.stream);
    this.#holdBack = new HoldBack({
      reading: options.reading,
      gate: options.pipeline.gate,
      take: (frame) => this.take(frame),
      onOverflow: options.onOverflow,
    });
  }

  take(frame: StreamFrame): void {
    if (!this.#holdBack.holds(frame)) this.#inOrder(frame);
  }

  /**
   * Asks for what was heard and not recorded, if there is any and the journal takes it now. Left to the caller when, so
   * that a fleet does not send hours of it all at once, with what is new behind it.
   * @returns how many frames were asked for
   */
  askForMissed(): number {
    const { progress, onMissing } = this.#options;
    if (!this.#missed || !this.#isRecording()) return 0;
    this.#missed = false;
    this.#askedFrom = progress.received + 1;
    onMissing(this.#askedFrom);
    return Math.max(1, progress.heard - progress.received);
  }

  /** Whether something is to be asked for again. */
  get isMissed(): boolean {
    return this.#missed;
  }

  /** The session is over: what waits will be sent again. */
  drop(): void {
    this.#holdBack.drop();
  }

  #isRecording(): boolean {
    const { progress, pipeline } = this.#options;
    return progress.confirmed && pipeline.gate.mode === 'recording';
  }

  #inOrder(frame: StreamFrame): void {
    const { progress, metrics, onDuplicate } = this.#options;
    const { seq } = frame;
    if (seq <= progress.received) {
      metrics.duplicate();
      return onDuplicate();
    }
    const recording = this.#isRecording();
    if (!recording) this.#miss();
    const hear = seq === progress.heard + 1;
    const record = recording && seq === progress.received + 1;
    if (hear || record) {
      this.#take(frame, hear, record);
      // What came before it was heard and is not recorded yet.
      if (recording && !record) this.#askForUnrecorded();
      return;
    }
    if (recording) this.#askForUnrecorded();
    else if (seq > progress.heard) this.#ask(progress.heard + 1);
    else metrics.duplicate();
  }

  /** What is asked for again soon (`#missed`) is not asked for now. */
  #askForUnrecorded(): void {
    if (!this.#missed) this.#ask(this.#options.progress.received + 1);
  }

  #ask(from: number): void {
    if (this.#askedFrom === from) return;
    this.#askedFrom = from;
    this.#options.metrics.gap();
    this.#options.onMissing(from);
  }

  #take(frame: StreamFrame, hear: boolean, record: boolean): void {
    const { device, pipeline, clock, metrics, progress, clockSkew } = this.#options;
    const { onStatus, onRejection, onHandedOver } = this.#options;
    const { seq } = frame;
    if (hear) progress.heard = seq;
    if (hear && frame.type === 'status') onStatus(frame);
    // By the age of what comes again, a clock that is off would look right.
    if (hear && frame.type === 'vitals') clockSkew.notice(frame.samples, clock.now(), clock.monotonic());
    if (!record) metrics.unrecorded(1);
    const { place, line, wearer } = this.#kept;
    const { stream } = progress;
    const origin = { device, stream, seq, place, line, wearer, skew: clockSkew.skew };
    const due = !record ? 'hearing' : hear ? 'hearing_and_recording' : 'recording';
    const { rejections, ticket, refusal } = pipeline.take(origin, frame, due);
    if (ticket !== null) progress.handedOver(seq, ticket);
    for (const rejection of rejections) onRejection(seq, rejection);
    if (ticket !== null) onHandedOver();
    if (refusal !== null) this.#wasNotTaken(refusal);
  }

  #miss(): void {
    if (this.#missed) return;
    this.#missed = true;
    this.#options.onMissed();
  }

  /** Never an ack for what is not on disk: the device keeps it. */
  #wasNotTaken(refusal: CodedError): void {
    switch (refusal.code) {
      case 'journal_full':
        this.#miss();
        this.#options.metrics.unrecorded(1);
        return;
      case 'journal_failed':
        // Nothing is recorded any more before a restart; nobody knows what became of what was taken before.
        return;
      default:
        return this.#options.onFailed(refusal);
    }
  }
}
