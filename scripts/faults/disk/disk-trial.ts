import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { ServerOptions } from '../../rig/server-process.ts';
import { answerOf, readiness } from '../../rig/server-state.ts';
import { AlarmProbe } from '../fleet/alarm-probe.ts';
import { type LoadTrial, runLoadTrial } from '../fleet/load-trial.ts';
import type { TrialContext, TrialOutcome } from '../scenario.ts';
import { now, saidInLog, TOLD_WITHIN_MS, type ToBeTold, told } from './told.ts';

const DEVICES = 20;
/** Frames a second of all devices. */
export const RATE = 1_500;
/** A clinician must hear of a breach while the disk does what it may. */
const ALARM_WITHIN_MS = 1_000;
const RECORDING_AGAIN_WITHIN_MS = 20_000;
const DRAINED_WITHIN_MS = 30_000;
/** What was committed when the condition was told may be acked a moment later. */
const LAST_ACKS_MS = 300;
/** Acks come every few milliseconds; a write-ahead log may still have pages of its own to write to. */
const NO_ACKS_MS = 400;
const NO_ACKS_WITHIN_MS = 10_000;
const POLL_MS = 50;

/** What a harm of a disk gets to work with: a load trial, somebody whose alarms are watched, and what is usually asked. */
export class DiskTrial {
  readonly load: LoadTrial;
  readonly probe: AlarmProbe;
  readonly name: string;
  /** The slowest alarm so far, from the wearable to the clinician. Milliseconds. */
  alarmMs = 0;
  /** Whether the server has been started anew. */
  restarted = false;

  constructor(name: string, load: LoadTrial, probe: AlarmProbe) {
    this.name = name;
    this.load = load;
    this.probe = probe;
  }

  /** A breach is heard in time, and a clinician can read. */
  async alarms(): Promise<void> {
    const ms = await this.probe.breach();
    this.alarmMs = Math.max(this.alarmMs, ms);
    if (ms > ALARM_WITHIN_MS) this.load.late(`an alarm was heard after ${ms} ms`);
    const began = performance.now();
    const answer = await answerOf(this.load.rig, '/v1/patients', this.probe.token);
    const readMs = performance.now() - began;
    if (!answer.includes(this.probe.record.patient) || readMs > ALARM_WITHIN_MS)
      this.load.complain(
        `a clinician could not read: ${answer.slice(0, 200)} after ${Math.round(readMs)} ms`,
      );
  }

  /** The condition is to be seen in every place in time; gives the milliseconds that took. */
  async told(condition: string, since = now()): Promise<number> {
    return await told(this.load, this.probe, { condition, since });
  }

  /** What `/readyz` says of a part; null: nothing. */
  async stateOf(part: string): Promise<string | null> {
    const ready = await readiness(this.load.rig).catch(() => null);
    return ready?.parts[part]?.state ?? null;
  }

  /** The log says that a part is in trouble, in time; gives the milliseconds that took. */
  async seen(since: ToBeTold['since'], code: string): Promise<number> {
    const { rig, late, signal } = this.load;
    while (performance.now() - since.at < TOLD_WITHIN_MS) {
      if (saidInLog(rig.server.log, code, since.epoch)) return Math.round(performance.now() - since.at);
      await sleep(systemClock(), POLL_MS, signal);
    }
    late(`${code} was not told within ${TOLD_WITHIN_MS} ms`);
    return TOLD_WITHIN_MS;
  }

  /** Resolves, when nothing has been acked for a moment, with when that began. */
  async acksStopped(): Promise<ToBeTold['since']> {
    const began = performance.now();
    let since = now();
    for (let last = -1; performance.now() - since.at < NO_ACKS_MS; ) {
      const settled = this.#settled();
      if (settled !== last) since = now();
      last = settled;
      if (performance.now() - began > NO_ACKS_WITHIN_MS) {
        this.load.complain(`acks still came ${NO_ACKS_WITHIN_MS} ms after the beginning of the fault`);
        return since;
      }
      await sleep(systemClock(), 5, this.load.signal);
    }
    return since;
  }

  /**
   * For a while nothing is acked, alarms are heard, and clinicians are shown values.
   * @param atLeastMs how long, at least
   */
  async holds(atLeastMs: number): Promise<void> {
    const { complain, signal } = this.load;
    await sleep(systemClock(), LAST_ACKS_MS, signal);
    const began = performance.now();
    const [settled, shown] = [this.#settled(), this.probe.vitalsHeard];
    await this.alarms();
    await sleep(systemClock(), Math.max(0, atLeastMs - (performance.now() - began)), signal);
    await this.alarms();
    const acked = this.#settled() - settled;
    if (acked > 0) complain(`${acked} moments were acked although nothing could be written`);
    if (atLeastMs > 1_000 && this.probe.vitalsHeard === shown)
      complain('no clinician was shown a value meanwhile');
  }

  /** Resolves when acks come again; gives the milliseconds that took. */
  async recordsAgain(): Promise<number> {
    const began = performance.now();
    const before = this.#settled();
    while (performance.now() - began < RECORDING_AGAIN_WITHIN_MS) {
      const ready = await readiness(this.load.rig).catch(() => null);
      if (ready?.parts.journal?.state === 'ok' && this.#settled() > before)
        return Math.round(performance.now() - began);
      await sleep(systemClock(), POLL_MS, this.load.signal);
    }
    this.load.complain(`nothing was acked within ${RECORDING_AGAIN_WITHIN_MS} ms of the end of the fault`);
    return RECORDING_AGAIN_WITHIN_MS;
  }

  /** Every part says that it is well again. */
  async wellAgain(): Promise<void> {
    const began = performance.now();
    let parts = '';
    while (performance.now() - began < RECORDING_AGAIN_WITHIN_MS) {
      const ready = await readiness(this.load.rig).catch(() => null);
      if (ready?.state === 'ok') return;
      parts = JSON.stringify(ready?.parts);
      await sleep(systemClock(), POLL_MS, this.load.signal);
    }
    this.load.complain(`the server is not well ${RECORDING_AGAIN_WITHIN_MS} ms after the fault: ${parts}`);
  }

  #settled(): number {
    const records = [...this.load.fleet.records, this.probe.record];
    return records.reduce((sum, { settled }) => sum + settled, 0);
  }
}

export interface DiskTrialOptions {
  readonly name: string;
  readonly context: TrialContext;
  readonly server?: ServerOptions;
  /** Does the harm, and undoes it; gives what else is to be counted. */
  readonly harm: (trial: DiskTrial) => Promise<Readonly<Record<string, number>>>;
}

/** A trial under load with a probe of alarms; what failed is kept with its databases. */
export async function runDiskTrial({
  name,
  context,
  server = {},
  harm,
}: DiskTrialOptions): Promise<TrialOutcome> {
  const rate = context.asked.rate ?? RATE;
  const outcome = await runLoadTrial({
    ...{ name, context, devices: DEVICES, rate, server },
    harm: async (load) => {
      await using probe = await AlarmProbe.open(load.rig, context.signal);
      load.judgeToo(probe.record);
      const trial = new DiskTrial(name, load, probe);
      await trial.alarms();
      const counts = await harm(trial);
      // Behind what devices had kept this may take a moment longer.
      await probe.breach();
      await trial.wellAgain();
      await probe.drain(DRAINED_WITHIN_MS);
      for (const fault of await probe.faults(trial.restarted)) load.complain(fault);
      return { ...counts, alarm_ms: trial.alarmMs };
    },
  });
  if (outcome.evidence !== null && server.data !== undefined)
    cpSync(server.data, join(outcome.evidence, 'var'), { recursive: true, filter: isNoBallast });
  return outcome;
}

function isNoBallast(path: string): boolean {
  return !path.endsWith('/ballast');
}
