import type { Sample } from '../../../src/model/sample.ts';
import type { Influxd } from '../../rig/influxd-process.ts';
import type { Found, FoundMoment } from '../fleet/found.ts';

/** Every so many moments of its device one is refused: each costs a search through a whole batch. */
const EVERY = 150;
const AN_HOUR_MICROS = 3_600_000_000;

/**
 * Moments that InfluxDB itself refuses: one device now and then measures something that stands in the store with another
 * type already. Of a write, InfluxDB refuses exactly these lines, and stores the others.
 */
export class RefusedMoments {
  readonly #device: string;
  readonly #times = new Set<number>();
  #measured = 0;

  constructor(device: string) {
    this.#device = device;
  }

  /** Puts text where numbers will come. The type is that of a shard, of which another may begin during the trial. */
  static async prepare(influxd: Influxd): Promise<void> {
    await influxd.query('CREATE DATABASE "vitalwire"', '');
    const now = Date.now() * 1_000;
    const lines = [now, now + AN_HOUR_MICROS].map((t) => `vitals,device=other skin_temp="warm" ${t}`);
    const status = await influxd.post('/write?db=vitalwire&precision=u', lines.join('\n'));
    if (status !== 204) throw new Error(`InfluxDB answered ${status} to what makes it refuse others`);
  }

  readonly also = (device: string, t: number): Omit<Sample, 't'> => {
    if (device !== this.#device) return {};
    this.#measured += 1;
    if (this.#measured % EVERY !== 0) return {};
    this.#times.add(t);
    return { skin_temp: 33 };
  };

  readonly has = (device: string, t: number): boolean => device === this.#device && this.#times.has(t);

  get count(): number {
    return this.#times.size;
  }

  /** What is wrong with what was set aside: it must be these moments, and no other. */
  faultsOf(setAside: ReadonlyMap<string, readonly FoundMoment[]>): readonly string[] {
    const faults: string[] = [];
    const seen = new Set<number>();
    for (const [device, moments] of setAside)
      for (const { t } of moments) {
        if (!this.has(device, t))
          faults.push(`${t} of ${device} is in quarantine, and nothing is wrong with it`);
        else seen.add(t);
      }
    for (const t of this.#times)
      if (!seen.has(t)) faults.push(`${t} of ${this.#device} is refused by InfluxDB, and not in quarantine`);
    return faults;
  }
}

/** What is in either place: a moment that is in both is there twice. */
export function bothOf(store: Found, setAside: ReadonlyMap<string, readonly FoundMoment[]>): Found {
  const moments = new Map(store.moments);
  for (const [device, more] of setAside) moments.set(device, [...(moments.get(device) ?? []), ...more]);
  return { ...store, moments };
}
