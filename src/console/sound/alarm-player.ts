import type { AlarmClass } from '../alarms/alarm-look.ts';
import { PARTIALS, type Pulse, RISE, SOUND_PATTERNS } from './sound-pattern.ts';

/** The loudest that the page is ever: room for all harmonics without clipping. */
const FULL_GAIN = 0.8;
/** Ahead of the clock, so that the first pulse has its rise. Seconds. */
const LEAD_S = 0.02;
/** What is cut off fades, so that it does not click. Seconds. */
const FADE_S = 0.02;

interface Playing {
  readonly tone: OscillatorNode;
  readonly envelope: GainNode;
}

/** Makes the sounds of alarms, one at a time, of nothing but oscillators: there is no file that could be missing. */
export class AlarmPlayer {
  readonly #context: AudioContext;
  readonly #wave: PeriodicWave;
  readonly #master: GainNode;
  #playing: Playing | null = null;

  constructor(context: AudioContext) {
    this.#context = context;
    this.#wave = context.createPeriodicWave(
      new Float32Array(PARTIALS.length + 1),
      new Float32Array([0, ...PARTIALS]),
    );
    this.#master = context.createGain();
    this.#master.connect(context.destination);
  }

  /** Whether what is played is heard, as far as a page can know. */
  get running(): boolean {
    return this.#context.state === 'running';
  }

  /** @param volume above 0, at most 1 */
  setVolume(volume: number): void {
    this.#master.gain.value = FULL_GAIN * Math.min(1, volume);
  }

  /** Plays one burst; what played before it ends. */
  play(of: AlarmClass): void {
    this.silence();
    const { hertz, pulses, lastsMs } = SOUND_PATTERNS[of];
    const start = this.#context.currentTime + LEAD_S;
    const envelope = this.#context.createGain();
    envelope.gain.value = 0;
    for (const pulse of pulses) shape(envelope.gain, start, pulse);
    const tone = this.#context.createOscillator();
    tone.setPeriodicWave(this.#wave);
    tone.frequency.value = hertz;
    tone.connect(envelope).connect(this.#master);
    const playing = { tone, envelope };
    tone.onended = () => {
      envelope.disconnect();
      if (this.#playing === playing) this.#playing = null;
    };
    tone.start(start);
    tone.stop(start + lastsMs / 1_000 + FADE_S);
    this.#playing = playing;
  }

  silence(): void {
    if (this.#playing === null) return;
    const { tone, envelope } = this.#playing;
    this.#playing = null;
    const now = this.#context.currentTime;
    envelope.gain.cancelScheduledValues(now);
    envelope.gain.setTargetAtTime(0, now, FADE_S / 4);
    tone.stop(now + FADE_S);
  }
}

/** A trapezium: an edge would click. */
function shape(gain: AudioParam, start: number, { at, duration }: Pulse): void {
  const begin = start + at;
  const rise = RISE * duration;
  gain.setValueAtTime(0, begin);
  gain.linearRampToValueAtTime(1, begin + rise);
  gain.setValueAtTime(1, begin + duration - rise);
  gain.linearRampToValueAtTime(0, begin + duration);
}
