import type { DeviceRecord, SentMoment } from './device-record.ts';
import type { Found } from './found.ts';

/** What must be zero in every trial. */
export interface Losses {
  /** Acked and not there. */
  readonly lost: number;
  /** There and never sent by that device, or under somebody who did not wear it. */
  readonly phantom: number;
  /** There more than once. */
  readonly doubled: number;
  /** There with other values, or in what cannot be read. */
  readonly corrupt: number;
  /** In another order than it was sent. */
  readonly disordered: number;
}

export interface Verdict {
  readonly losses: Losses;
  /** One line each, the first of every kind. */
  readonly faults: readonly string[];
}

const SHOWN = 20;

/**
 * Compares what the devices know with what is found in one place.
 * @param place for the reader, e.g. `the journal`
 */
export function judge(records: readonly DeviceRecord[], found: Found, place: string): Verdict {
  const faults: string[] = [];
  let [lost, phantom, doubled, wrong] = [0, 0, 0, 0];
  const tell = (fault: string): void => void (faults.length < SHOWN && faults.push(`${place}: ${fault}`));
  for (const { device, patient, ...record } of records.map(accountOf)) {
    const seen = new Set<number>();
    for (const { t, patient: under, heart_rate, spo2 } of found.moments.get(device) ?? []) {
      const sent = record.sent.get(t);
      if (sent === undefined || under !== patient) {
        phantom += 1;
        tell(`${device} has ${t} under ${under}, which was never sent`);
      } else if (seen.has(t)) {
        doubled += 1;
        tell(`${device} has ${t} twice`);
      } else if (heart_rate !== sent.heart_rate || spo2 !== sent.spo2) {
        wrong += 1;
        tell(`${device} has ${heart_rate}, ${spo2} at ${t}, sent were ${sent.heart_rate}, ${sent.spo2}`);
      }
      seen.add(t);
    }
    for (const { t } of record.acked) {
      if (seen.has(t)) continue;
      lost += 1;
      tell(`${device} lacks ${t}, which was acked`);
    }
  }
  const known = new Set(records.map(({ device }) => device));
  for (const [device, moments] of found.moments) {
    if (known.has(device)) continue;
    phantom += moments.length;
    tell(`${moments.length} moments of ${device}, which is no device of the trial`);
  }
  for (const one of [...found.corrupt, ...found.disordered]) tell(one);
  return {
    losses: {
      lost,
      phantom,
      doubled,
      corrupt: wrong + found.corrupt.length,
      disordered: found.disordered.length,
    },
    faults,
  };
}

/** The sum of what was found in several places. */
export function together(verdicts: readonly Verdict[]): Verdict {
  const sum = (name: keyof Losses): number => verdicts.reduce((total, { losses }) => total + losses[name], 0);
  return {
    losses: {
      lost: sum('lost'),
      phantom: sum('phantom'),
      doubled: sum('doubled'),
      corrupt: sum('corrupt'),
      disordered: sum('disordered'),
    },
    faults: verdicts.flatMap(({ faults }) => faults),
  };
}

interface Account {
  readonly device: string;
  readonly patient: string;
  readonly sent: ReadonlyMap<number, SentMoment>;
  readonly acked: readonly SentMoment[];
}

function accountOf(record: DeviceRecord): Account {
  return {
    device: record.device,
    patient: record.patient,
    sent: new Map(record.sent.map((moment) => [moment.t, moment])),
    acked: record.ackedMoments(),
  };
}
