import type { EpochMs } from '../../src/core/clock.ts';
import type { Sample } from '../../src/model/sample.ts';
import { makeRecording, type RecordedSample, type Recording } from '../replay/recording.ts';
import type { Course } from '../simulate/course.ts';
import { createPerson, type Person } from '../simulate/person.ts';
import { uniform } from '../simulate/smooth-noise.ts';

export interface PeopleOptions {
  readonly devices: number;
  readonly seconds: number;
  readonly seed: number;
}

const SECOND = 1_000;
/** One in this many falls ill during the demo, and at least one does. */
const ONE_IN = 8;
/** Courses that show within seconds: a saturation below 80 alarms at once, a heart above 150 after 3 s. */
const COURSES = ['desaturation', 'tachycardia', 'tachypnoea'] as const;

/** The ill ones fall ill early and far, so that even a short demo sees the alarm. */
function courseOf(index: number, { devices, seconds }: PeopleOptions): Course {
  const ill = Math.max(1, Math.round(devices / ONE_IN));
  const kind = COURSES[index % COURSES.length];
  if (index >= ill || kind === undefined) return { kind: 'stable' };
  const span = Math.min(seconds, 120) * SECOND;
  return { kind, onsetMs: span * (0.1 + 0.05 * (index % 4)), rampMs: span * 0.3, severity: 1.4 };
}

/** Somebody who wears a device in the demo. */
export interface DemoPerson {
  /** What staff call them at the bedside. */
  readonly label: string;
  /** Their vitals, and traces that were recorded. */
  readonly recording: Recording;
  /** Who makes traces when somebody wants to see one; null: there are none but the recording's. */
  readonly simulated: { readonly person: Person; readonly seed: number } | null;
}

/** Simulated people, each with a recording at 1 Hz: the same seed gives the same people. */
export function simulatedPeople(options: PeopleOptions, startAt = Date.now()): DemoPerson[] {
  return Array.from({ length: options.devices }, (_, index) => {
    const seed = Math.floor(uniform(options.seed, index) * 2 ** 31);
    const person = createPerson({ seed, startAt, course: courseOf(index, options) });
    const samples: RecordedSample[] = [];
    for (let offsetMs = 0; offsetMs < options.seconds * SECOND; offsetMs += SECOND) {
      const sample = person.sampleAt(startAt + offsetMs);
      if (sample === null) continue;
      const { t: _t, quality, ...values } = sample;
      samples.push({ offsetMs, values, ...(quality === undefined ? {} : { quality }) });
    }
    const name = `bed-${index + 1}`;
    const recording = makeRecording({ name, kind: 'simulated', paths: [], recordedAt: null, samples });
    return {
      label: `Bed ${index + 1}`,
      recording: { ...recording, durationMs: options.seconds * SECOND },
      simulated: { person, seed },
    };
  });
}

/** How often they measured in the time before the demo. Milliseconds. */
const HISTORY_EVERY_MS = 5 * SECOND;

/** What somebody's wearable measured in the `ms` before `until`, oldest first. */
export function historyOf({ simulated }: DemoPerson, until: EpochMs, ms: number): Sample[] {
  if (simulated === null) return [];
  const count = Math.floor(ms / HISTORY_EVERY_MS);
  // What is measured every few minutes is measured at whole ones.
  const end = until - (until % HISTORY_EVERY_MS);
  return Array.from({ length: count }, (_, i) =>
    simulated.person.sampleAt(end - (count - i) * HISTORY_EVERY_MS),
  ).filter((sample) => sample !== null);
}

/** The first `seconds` of a recording. */
export function cutTo(recording: Recording, seconds: number): Recording {
  const within = <Part extends { readonly offsetMs: number }>(part: Part): boolean =>
    part.offsetMs < seconds * SECOND;
  const { name, kind, paths, recordedAt } = recording;
  return makeRecording({
    name,
    kind,
    paths,
    recordedAt,
    samples: recording.samples.filter(within),
    waveforms: recording.waveforms.filter(within),
  });
}
