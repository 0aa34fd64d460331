import { randomUUID } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { HourlyRate } from '../core/hourly-rate.ts';
import type { Journal } from '../journal/journal.ts';
import { type ClinicianId, observationId, type PatientId } from '../model/ids.ts';
import type { News2 } from '../model/news2.ts';
import { MAX_OBSERVATION_AGE_MS, type Observation, type ObservationEntry } from '../model/observation.ts';
import { isPossible, isVital, possibleRange, VITALS, type Vital } from '../model/vital.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';

/** More than a person can enter; few enough that one account does not fill the disk. */
export const MAX_ENTERED_PER_HOUR = 600;
/** A clock at the bedside may be this much ahead of the server's; the observation counts as of now then. Milliseconds. */
const AHEAD_TOLERATED_MS = 60_000;

export interface ObservationDeskOptions {
  readonly registry: Registry;
  readonly journal: Journal;
  readonly desk: AlarmDesk;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Told of every observation once it is durable. */
  readonly onEntered: (observation: Observation) => void;
}

function refuse(field: string, message: string): never {
  throw new CodedError('invalid_observation', message, { details: { field } });
}

function timeOf(t: EpochMs | undefined, now: EpochMs): EpochMs {
  if (t === undefined) return now;
  if (!Number.isSafeInteger(t)) refuse('t', 't is milliseconds since the Unix epoch');
  if (t > now + AHEAD_TOLERATED_MS)
    refuse('t', `t ${t} is in the future: the server's time is ${now}; leave t out, and it is that`);
  if (t < now - MAX_OBSERVATION_AGE_MS)
    refuse(
      't',
      `t ${t} is more than 24 h ago: only what was observed since ${now - MAX_OBSERVATION_AGE_MS} is taken`,
    );
  return Math.min(t, now);
}

function valuesOf(values: Readonly<Record<string, number>>): Observation['values'] {
  const checked: Partial<Record<Vital, number>> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!isVital(name))
      refuse('values', `values.${name.slice(0, 64)} is not a vital: use ${Object.keys(VITALS).join(', ')}`);
    if (typeof value !== 'number' || !isPossible(name, value))
      refuse(`values.${name}`, `values.${name} ${value} is impossible: it is ${possibleRange(name)}`);
    checked[name] = value;
  }
  return checked;
}

/**
 * Where what people observe and enter by hand comes in: checked, handed to the journal, evaluated and relayed, in this
 * order, as the pipeline does with frames.
 */
export class ObservationDesk {
  readonly #options: ObservationDeskOptions;

  readonly #rate = new HourlyRate(MAX_ENTERED_PER_HOUR);

  constructor(options: ObservationDeskOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the observation is durable. Scores have it at once.
   * @throws CodedError `invalid_observation`: it holds nothing, an impossible value, or a time that is not in the last 24 h;
   *   `patient_unknown`; `too_many_observations` with `wait_s`: one person's within an hour; `observation_not_kept`: the journal is full or failed, enter it again
   */
  async enter(entry: ObservationEntry): Promise<Observation> {
    const { registry, journal, desk, bus, clock, onEntered } = this.#options;
    const { patient, by, oxygen = null, consciousness = null } = entry;
    if (!registry.patient(patient)) throw new CodedError('patient_unknown', `there is no patient ${patient}`);
    const entered = clock.now();
    const values = valuesOf(entry.values ?? {});
    if (Object.keys(values).length === 0 && oxygen === null && consciousness === null)
      refuse('values', 'nothing was observed: give at least one of values, oxygen and consciousness');
    const t = timeOf(entry.t, entered);
    this.#limit(by);
    const id = observationId(randomUUID());
    const observation: Observation = { id, patient, by, t, entered, values, oxygen, consciousness };
    if (journal.condition !== 'ok') throw notKept();
    const durable = journal.append({ kind: 'observation', observation });
    desk.observe(observation);
    bus.publishObservation(observation);
    try {
      await durable;
    } catch (cause) {
      throw notKept(cause);
    }
    onEntered(observation);
    return observation;
  }

  #limit(by: ClinicianId): void {
    const waitS = Math.ceil(this.#rate.take(by, this.#options.clock.monotonic()) / 1_000);
    if (waitS === 0) return;
    throw new CodedError(
      'too_many_observations',
      `more than ${MAX_ENTERED_PER_HOUR} an hour were entered: wait ${waitS} s`,
      { details: { wait_s: waitS } },
    );
  }

  /** Where a patient's NEWS2 stands now. */
  news2(patient: PatientId): News2 {
    return this.#options.desk.news2(patient, this.#options.clock.now());
  }
}

function notKept(cause?: unknown): CodedError {
  return new CodedError('observation_not_kept', 'the observation could not be written down: enter it again', {
    cause,
  });
}
