import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { AlarmClass } from '../alarms/alarm-look.ts';
import type { ConnectionState } from '../feed/feed-connection.ts';
import type { LiveAlarm } from '../feed/ward-model.ts';
import { AlarmPlayer } from './alarm-player.ts';
import { type Call, callsOf, keyOf, NOTHING_HEARD, nextSound } from './sound-schedule.ts';
import { bounded, chosenVolume, keepVolume } from './volume.ts';

/**
 * `blocked`: the browser lets no page sound before somebody has pressed something. `off`: somebody chose so. `paused`: for a
 * moment, `until` is of `Date.now()`. Alarms themselves are as they are in any of these (clinical rule 9).
 */
export type SoundState =
  | { readonly kind: 'on' | 'off' | 'blocked' | 'unsupported' }
  | { readonly kind: 'paused'; readonly until: number };

export interface AlarmSoundOptions {
  readonly alarms: ReadonlySignal<ReadonlyMap<string, LiveAlarm>>;
  readonly connection: ReadonlySignal<ConnectionState>;
  readonly storage: Storage;
  /** Its `data-sound`, `data-sounding` and `data-sounding-class` say the state, and which alarm of what class is heard. */
  readonly root: HTMLElement;
}

/** How long a pause of the sound is. Milliseconds. */
export const PAUSE_MS = 120_000;
/** A restart of the server is over sooner; a page that is deaf for longer says so by sound, too. Milliseconds. */
const DEAF_MS = 10_000;
const VIBRATION_MS = [300, 100, 300, 100, 300];
const GESTURES = ['pointerup', 'keydown'] as const;

type Wish = 'on' | 'off' | { readonly until: number; readonly known: ReadonlySet<string> };

/** Sounds the worst alarm that calls this reader, from the first press on the page until it is disposed. */
export class AlarmSound implements Disposable {
  readonly #options: AlarmSoundOptions;
  readonly #context: AudioContext | null = typeof AudioContext === 'undefined' ? null : new AudioContext();
  readonly #player = this.#context === null ? null : new AlarmPlayer(this.#context);
  readonly #running = signal(this.#player?.running ?? false);
  readonly #wish = signal<Wish>('on');
  readonly #volume = signal(0);
  readonly #deaf = signal<number | null>(null);
  readonly #state = computed(() => this.#stateNow());
  readonly #stop: readonly (() => void)[];
  #schedule = NOTHING_HEARD;
  #again: ReturnType<typeof setTimeout> | undefined;
  #pauseEnd: ReturnType<typeof setTimeout> | undefined;
  #deafFrom: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AlarmSoundOptions) {
    this.#options = options;
    this.setVolume(chosenVolume(options.storage));
    this.#context?.addEventListener('statechange', this.#heedContext);
    for (const gesture of GESTURES) document.addEventListener(gesture, this.#heedGesture, true);
    this.#stop = [effect(() => this.#heedConnection()), effect(() => this.#look())];
  }

  get state(): ReadonlySignal<SoundState> {
    return this.#state;
  }

  /** Within `VOLUME`. */
  get volume(): ReadonlySignal<number> {
    return this.#volume;
  }

  setVolume(volume: number): void {
    this.#volume.value = bounded(volume);
    this.#player?.setVolume(this.#volume.peek());
    keepVolume(this.#options.storage, this.#volume.peek());
  }

  /** To be called as somebody presses something: a browser asks for that. */
  switchOn(): void {
    clearTimeout(this.#pauseEnd);
    this.#wish.value = 'on';
    void this.#context?.resume();
  }

  switchOff(): void {
    clearTimeout(this.#pauseEnd);
    this.#wish.value = 'off';
  }

  /** Silent for two minutes, or until a high alarm comes that nobody could have heard before. */
  pause(): void {
    clearTimeout(this.#pauseEnd);
    const known = new Set(this.#calls().map(keyOf));
    this.#wish.value = { until: Date.now() + PAUSE_MS, known };
    this.#pauseEnd = setTimeout(() => this.switchOn(), PAUSE_MS);
  }

  /** One burst, whatever the state: somebody wants to hear it. A real alarm takes its place. */
  async test(of: AlarmClass): Promise<void> {
    await this.#context?.resume();
    this.#player?.play(of);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop();
    for (const timer of [this.#again, this.#pauseEnd, this.#deafFrom]) clearTimeout(timer);
    for (const gesture of GESTURES) document.removeEventListener(gesture, this.#heedGesture, true);
    this.#context?.removeEventListener('statechange', this.#heedContext);
    this.#tell(null);
    delete this.#options.root.dataset.sound;
    void this.#context?.close();
  }

  readonly #heedContext = (): void => {
    this.#running.value = this.#player?.running ?? false;
  };

  /** Whatever is pressed first will do: nobody has to find the right button before a screen sounds. */
  readonly #heedGesture = (): void => {
    if (!this.#running.peek() && this.#wish.peek() !== 'off') void this.#context?.resume();
  };

  #heedConnection(): void {
    const connection = this.#options.connection.value;
    if (connection.kind !== 'lost') {
      clearTimeout(this.#deafFrom);
      this.#deafFrom = undefined;
      this.#deaf.value = null;
      return;
    }
    const { since } = connection;
    this.#deafFrom ??= setTimeout(() => {
      this.#deaf.value = since;
    }, DEAF_MS);
  }

  #stateNow(): SoundState {
    const wish = this.#wish.value;
    if (this.#context === null) return { kind: 'unsupported' };
    if (wish === 'off') return { kind: 'off' };
    if (!this.#running.value) return { kind: 'blocked' };
    return wish === 'on' ? { kind: 'on' } : { kind: 'paused', until: wish.until };
  }

  #calls(): readonly Call[] {
    const deaf = this.#deaf.value;
    const calls = callsOf(this.#options.alarms.value.values());
    // Whatever called before the connection went still calls, as far as anybody knows here.
    return deaf === null ? calls : [...calls, { id: 'connection', of: 'technical', alertedAt: deaf }];
  }

  #look(): void {
    clearTimeout(this.#again);
    const { kind } = this.#state.value;
    const calls = this.#calls();
    this.#options.root.dataset.sound = kind;
    if (kind !== 'on') {
      this.#player?.silence();
      this.#schedule = NOTHING_HEARD;
      this.#tell(null);
      this.#endPauseFor(calls);
      return;
    }
    const { schedule, cut, burst, againAt } = nextSound(this.#schedule, calls, performance.now());
    this.#schedule = schedule;
    if (cut) this.#player?.silence();
    if (calls.length === 0) this.#tell(null);
    if (burst !== null) this.#begin(burst.call);
    if (againAt !== null) this.#again = setTimeout(() => this.#look(), againAt - performance.now());
  }

  #begin(call: Call): void {
    this.#player?.play(call.of);
    // A tablet vibrates where it may, which helps whoever cannot hear.
    if (call.of === 'high' && 'vibrate' in navigator) navigator.vibrate(VIBRATION_MS);
    this.#tell(call);
  }

  #endPauseFor(calls: readonly Call[]): void {
    const wish = this.#wish.peek();
    if (typeof wish !== 'object') return;
    // Not within the effect that looks: it would look again in its own course.
    if (calls.some((call) => call.of === 'high' && !wish.known.has(keyOf(call))))
      queueMicrotask(() => this.switchOn());
  }

  #tell(call: Call | null): void {
    const { dataset } = this.#options.root;
    if (call === null) {
      delete dataset.sounding;
      delete dataset.soundingClass;
      return;
    }
    dataset.sounding = call.id;
    dataset.soundingClass = call.of;
  }
}
