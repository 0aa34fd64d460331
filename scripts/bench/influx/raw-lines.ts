import { deviceId, patientId } from '../../../src/model/ids.ts';
import { laneOf } from '../../../src/store/lanes.ts';
import { linesOf, TagPrefixes } from '../../../src/store/line-protocol.ts';
import { BULK_STEP_MS } from '../load/bulk-text.ts';
import { vitalsOf } from '../load/vitals-text.ts';

export interface RawPlan {
  readonly devices: number;
  readonly lines: number;
  /** Moments of a device that come after each other, as in a frame. */
  readonly samples: number;
  readonly bodyLines: number;
  /** How many writes are under way at once. */
  readonly writes: number;
  /** Time of each device's first moment. ms since the epoch. */
  readonly from: number;
}

/** What the process that posts is told to do. */
export interface RawCalls {
  prepare(plan: RawPlan): void;
  /** Posts all of it. @param request where to, with the database in its query */
  post(request: { readonly url: string }): Promise<{ readonly seconds: number }>;
}

/** What the product would post of such frames, made beforehand: bodies in order, a list for each write at once. */
export function rawBodies({ devices, lines, samples, bodyLines, writes, from }: RawPlan): string[][] {
  const prefixes = new TagPrefixes();
  const gathered: string[][] = Array.from({ length: writes }, () => []);
  for (let n = 0; n < lines; n++) {
    const frame = Math.floor(n / samples);
    const index = frame % devices;
    const device = deviceId(`w-${index}`);
    const moment = Math.floor(frame / devices) * samples + (n % samples);
    const [t, values] = [from + moment * BULK_STEP_MS, vitalsOf(n)];
    const patient = patientId(`p-${index}`);
    const line = linesOf(
      { measurement: 'vitals', patient, device, t, values, quality: null, received: null },
      prefixes,
    );
    gathered[laneOf(device, writes)]?.push(line);
  }
  return gathered.map((lane) => {
    const bodies: string[] = [];
    for (let at = 0; at < lane.length; at += bodyLines)
      bodies.push(lane.slice(at, at + bodyLines).join('\n'));
    return bodies;
  });
}
