import { sleep, systemClock } from '../../../src/core/clock.ts';
import { patientId } from '../../../src/model/ids.ts';
import type { Limit } from '../../../src/model/limit.ts';
import type { Rig } from '../../rig/rig.ts';
import { residentMiB } from '../../rig/server-state.ts';
import { alarmEventsIn } from '../alarms-of.ts';
import { Fleet } from '../fleet/fleet.ts';
import { type LoadTrial, runLoadTrial } from '../fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { until } from '../until.ts';
import { Screen } from './screen.ts';

const DEVICES = 20;
const RATE = 500;
/** Wearables of people whose alarm comes and goes with every value, and their values a second. */
const SICK = { devices: 4, rate: 1_000 };
const [READING, SLOW] = [3, 2];
const TIER: Limit = {
  ...{ vital: 'spo2', direction: 'low', priority: 'high', threshold: 80 },
  ...{ onset_delay_ms: 0, clear_delay_ms: 0, clear_margin: 1 },
};
const CLOSED_WITHIN_MS = 60_000;
const CAUGHT_UP_WITHIN_MS = 30_000;
/** What a process may grow by under such a flood, whoever does not read: bounds of sessions, caches, the heap's own slack. */
const MAX_GROWTH_MIB = 300;

/** Clinicians stop to read amid a flood of alarms: they are cut off, come back by cursor, and nobody misses an alarm. */
async function harm(trial: LoadTrial): Promise<Record<string, number>> {
  const { rig, random, signal, complain, judgeToo } = trial;
  await using sick = await sickFleet(rig, random.fork('sick'));
  for (const record of sick.records) judgeToo(record);
  using open = new DisposableStack();
  const screens: Screen[] = [];
  for (const token of await rig.tokens('nurse', READING + SLOW))
    screens.push(open.use(new Screen(rig, `nurse-${screens.length}`, token)));
  await rig.seen();
  for (const screen of screens) await screen.open();
  if (!(await until(() => screens.every(({ caughtUp }) => caughtUp), CAUGHT_UP_WITHIN_MS, signal)))
    complain('a clinician was shown nothing');
  const slow = screens.slice(READING);
  const before = residentMiB(rig);
  sick.offer();
  await sleep(systemClock(), 200 + random.below(300), signal);
  for (const screen of slow) screen.pause();
  const began = performance.now();
  const closedIn = (): number =>
    rig.server.log.filter((line) => line.includes('"feed_closed"') && line.includes('"code":1013')).length;
  if (!(await until(() => closedIn() >= SLOW, CLOSED_WITHIN_MS, signal)))
    complain(`${closedIn()} of ${SLOW} clinicians that do not read were cut off`);
  const closed_ms = Math.round(performance.now() - began);
  const growth_mib = residentMiB(rig) - before;
  if (growth_mib > MAX_GROWTH_MIB) complain(`the server grew by ${growth_mib} MiB`);
  for (const screen of slow) screen.resume();
  await until(() => slow.every(({ closed }) => closed !== null), CAUGHT_UP_WITHIN_MS, signal);
  for (const screen of slow) await screen.open();
  sick.rest();
  await sick.drain(CAUGHT_UP_WITHIN_MS);
  const events = await missedBy(screens, rig, signal, complain);
  return { events, closed_ms, growth_mib };
}

async function sickFleet(rig: Rig, random: TrialContext['random']): Promise<Fleet> {
  const values = (measured: number) => ({ heart_rate: 70, spo2: measured % 2 === 0 ? 97 : 70 });
  const fleet = await Fleet.connect({ rig, ...SICK, random, name: 'sick', values });
  for (const { patient } of fleet.records)
    await rig.registry.putLimits({
      ...{ kind: 'value', vital: 'spo2', direction: 'low', tiers: [TIER] },
      scope: { kind: 'patient', patient: patientId(patient) },
      ...{ changed_by: 'harness', changed_at: Date.now(), reason: 'an alarm with every value' },
    });
  return fleet;
}

/** Compares what each was shown with the alarm log, once all have got as far as it goes; gives how many events it has. */
async function missedBy(
  screens: readonly Screen[],
  rig: Rig,
  signal: AbortSignal,
  complain: (fault: string) => void,
): Promise<number> {
  const logged = (): readonly string[] => alarmEventsIn(rig.server.data).map(({ cursor }) => cursor);
  await until(() => screens.every(({ newest }) => newest === logged().at(-1)), CAUGHT_UP_WITHIN_MS, signal);
  const all = logged();
  for (const { name, cursors, gap } of screens) {
    if (gap) complain(`${name} was told of a gap`);
    const wrong = all.findIndex((cursor, index) => cursors[index] !== cursor);
    if (wrong >= 0) complain(`${name} was shown ${cursors[wrong]} where the log has ${all[wrong]}`);
    else if (cursors.length > all.length) complain(`${name} was shown more than the log has`);
  }
  return all.length;
}

function trial(context: TrialContext): Promise<TrialOutcome> {
  const rate = context.asked.rate ?? RATE;
  return runLoadTrial({ ...{ name: 'slow-clinician', context, devices: DEVICES, rate }, harm });
}

export const SLOW_CLINICIAN: Scenario = {
  name: 'slow-clinician',
  about:
    'clinicians stop to read amid a flood of alarms: cut off with 1013, back by cursor, nobody misses an alarm',
  run: trial,
};
