import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { alarmEventsIn } from '../alarms-of.ts';
import { runLoadTrial } from '../fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { clockMissing, SetClock } from './set-clock.ts';

const DEVICES = 12;
const RATE = 600;
const [MINUTE_S, HOUR_S] = [60, 3_600];
/** Clocks of devices: as they should be, a little and very much beside it. Within the day that is taken. */
const DEVICES_AHEAD_S = [
  0,
  2,
  2 * MINUTE_S,
  -2 * MINUTE_S,
  5 * HOUR_S,
  -7 * HOUR_S,
  23 * HOUR_S,
  -24 * HOUR_S,
];
/** What the server counts as right (src/ingest/clock-skew.ts). */
const TOLERATED_S = 5;
/** The server's clock is set forth by one of these, and then back. */
const SERVER_AHEAD_S = [30, 10 * MINUTE_S, 3 * HOUR_S, 24 * HOUR_S];
const GOES_ON_MS = 2_500;

/** Clocks of devices that are wrong from the start, and a server's clock that is set forth and back under way. */
async function trial(context: TrialContext): Promise<TrialOutcome> {
  const random = context.random.fork('clocks');
  const aheads = Array.from({ length: DEVICES }, () => random.pick(DEVICES_AHEAD_S));
  const clock = new SetClock(`vitalwire-${randomUUID()}`);
  try {
    return await runLoadTrial({
      ...{ name: 'clock', context, devices: DEVICES, rate: context.asked.rate ?? RATE },
      server: { environment: clock.environment },
      ahead: (index) => (aheads[index] ?? 0) * 1_000,
      harm: async ({ rig, fleet, signal, complain }) => {
        const server_ahead_s = random.pick(SERVER_AHEAD_S);
        const first = unflaggedIn(rig.server.data, aheads);
        if (first > 0) complain(`${first} moments of clocks that are wrong are not flagged`);
        clock.set(server_ahead_s);
        await sleep(systemClock(), GOES_ON_MS, signal);
        clock.set(0);
        await sleep(systemClock(), GOES_ON_MS, signal);
        const alarms = alarmEventsIn(rig.server.data);
        const of_people = alarms.filter(({ alarm }) => alarm.kind === 'physiological').length;
        if (of_people > 0) complain(`${of_people} alarm events about people who were well`);
        const rejected = fleet.records.reduce((sum, record) => sum + record.rejected.size, 0);
        if (rejected > 0) complain(`${rejected} moments were refused`);
        const reconnects = fleet.clients.reduce((sum, { stats }) => sum + stats.reconnects, 0);
        return { server_ahead_s, reconnects, technical_events: alarms.length - of_people };
      },
    });
  } finally {
    rmSync(clock.file, { force: true });
  }
}

/** Stored moments of devices whose clock is wrong that do not say when they were received. */
function unflaggedIn(data: string, aheads: readonly number[]): number {
  const database = new DatabaseSync(join(data, 'telemetry.db'), { readOnly: true, timeout: 10_000 });
  try {
    const count = database.prepare(
      `SELECT count(*) AS unflagged FROM vitals JOIN series ON series.id = vitals.series
       WHERE device = ? AND received IS NULL`,
    );
    return aheads.reduce(
      (sum, ahead, index) =>
        Math.abs(ahead) > TOLERATED_S ? sum + Number(count.get(`w-${index}`)?.unflagged) : sum,
      0,
    );
  } finally {
    database.close();
  }
}

export const CLOCK: Scenario = {
  name: 'clock',
  about:
    'device clocks off by minutes to a day, and the server clock set forth and back: flagged, not dropped',
  missing: clockMissing,
  run: trial,
};
