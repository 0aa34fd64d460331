import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DeviceClient } from '../../../src/client/device-client.ts';
import { FeedClient } from '../../../src/client/feed-client.ts';
import type { ReconnectBackoff } from '../../../src/client/reconnect.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { patientId, type ShelfId } from '../../../src/model/ids.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import { RawFeed } from '../../rig/raw-feed.ts';
import { openRig, type Rig, WARD } from '../../rig/rig.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { COURSES_OF_ALARMS, type PatientPlan, PLAN_MS, planOf } from './course.ts';
import { readDeadLog } from './log-file.ts';
import { judge } from './oracle.ts';
import { summaryOf } from './summary.ts';
import { Witness } from './witness.ts';

const PATIENTS_A_COURSE = 2;
const CLINICIANS = 3;
/** They come back at once: how long they wait is not what is tried here. */
const BACKOFF: ReconnectBackoff = {
  withJitter: { baseMs: 20, capMs: 200 },
  later: { baseMs: 20, capMs: 200 },
};
const SETTLED_WITHIN_MS = 30_000;
/** Nothing came for this long: nothing comes any more. */
const QUIET_MS = 400;
const HOUR_MS = 3_600_000;

interface Clinicians {
  readonly witnesses: readonly Witness[];
  readonly clients: readonly FeedClient[];
}

async function connectClinicians(rig: Rig, open: AsyncDisposableStack): Promise<Clinicians> {
  const clients: FeedClient[] = [];
  const witnesses: Witness[] = [];
  for (const token of await rig.tokens('nurse', CLINICIANS)) {
    const witness = new Witness(`nurse-${clients.length}`);
    const client = new FeedClient({ url: rig.server.clinicianUrl, token, ca: rig.ca, backoff: BACKOFF });
    open.use(client);
    for (const name of ['alarm', 'snapshot', 'gap'] as const)
      client.on(name, (frame: FeedFrame) => witness.frame(frame));
    witnesses.push(witness);
    clients.push(client);
  }
  await rig.seen();
  await Promise.all(
    clients.map(async (client) => {
      const snapshot = once(client, 'snapshot');
      await client.subscribe({ ward: WARD });
      await snapshot;
    }),
  );
  return { clients, witnesses };
}

async function shelve(rig: Rig, plans: readonly PatientPlan[]): Promise<void> {
  for (const [i, { course }] of plans.entries()) {
    if (course !== 'shelved') continue;
    const [from, until] = [Date.now(), Date.now() + HOUR_MS];
    await rig.registry.putShelf({
      ...{
        id: randomUUID() as ShelfId,
        patient: patientId(`p-${i}`),
        vital: 'heart_rate',
        direction: 'high',
      },
      ...{ by: 'nurse-0', reason: 'known, and being treated', from, until },
    });
  }
}

/** A clinician acknowledges what is to be acknowledged as soon as it is heard, give or take. */
function acknowledgeSome(
  { clients }: Clinicians,
  plans: readonly PatientPlan[],
  random: TrialContext['random'],
): void {
  const [first] = clients;
  first?.on('alarm', ({ event, alarm }) => {
    const { id, patient } = alarm as unknown as { readonly id: string; readonly patient: string };
    const course = plans[Number(patient?.slice(2))]?.course;
    if (event !== 'raised' || course !== 'acknowledged') return;
    // What is on its way when the server dies is not known to be done: the log says whether it was.
    setTimeout(() => void first.acknowledge(id).catch(() => undefined), random.below(120));
  });
}

/** Resolves at the moment of the kill: at a time, or when a clinician has just heard of an event. */
function killMoment({ clients }: Clinicians, random: TrialContext['random']): Promise<unknown> {
  const latest = sleep(systemClock(), PLAN_MS + 600);
  if (random.below(2) === 0) return sleep(systemClock(), 600 + random.below(PLAN_MS));
  let left = 6 + random.below(24);
  const heard = new Promise<void>((resolve) => {
    clients[1]?.on('alarm', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  return Promise.race([latest, heard]);
}

async function trial({ random, signal }: TrialContext): Promise<TrialOutcome> {
  await using rig = await openRig('alarm-kill');
  await using open = new AsyncDisposableStack();
  const courses = Array.from({ length: PATIENTS_A_COURSE }, () => [...COURSES_OF_ALARMS]).flat();
  const devices = await rig.devices(courses.length);
  const start = Date.now() + 1_500;
  const plans = courses.map((course, i) => planOf(course, start, random.fork(`patient ${i}`)));
  await shelve(rig, plans);
  const clinicians = await connectClinicians(rig, open);
  acknowledgeSome(clinicians, plans, random.fork('acknowledge'));
  const clients = devices.map((device) => open.use(device.client({ backoff: BACKOFF })));
  await Promise.all(
    clients.map((client) => {
      client.start();
      return once(client, 'connected');
    }),
  );
  signal.throwIfAborted();
  const sending = clients.map((client, i) => play(client, plans[i]));
  await killMoment(clinicians, random.fork('kill'));
  await rig.server.kill();
  for (const witness of clinicians.witnesses) witness.kill();
  const dead = readDeadLog(rig.server.data, join(rig.server.directory, 'at-kill'));
  await rig.server.startAgain();
  await Promise.all(sending);
  for (const [i, client] of clients.entries()) client.sendVitals(plans[i]?.afterwards ?? []);
  await Promise.all(clients.map((client) => client.drain({ timeoutMs: SETTLED_WITHIN_MS })));
  const fresh = await readLog(rig, clinicians.witnesses);
  const evidence = {
    atKill: dead.live,
    lastAtKill: dead.last,
    log: fresh.events,
    witnesses: clinicians.witnesses,
  };
  const { counts, faults } = judge(evidence);
  if (faults.length === 0) return { counts, faults, evidence: null };
  rig.server.keep({ faults, counts, plans, ...evidence });
  return { counts, faults, evidence: rig.server.directory };
}

async function play(client: DeviceClient, plan: PatientPlan | undefined): Promise<void> {
  const began = performance.now();
  for (const { at, samples } of plan?.frames ?? []) {
    const left = at - (performance.now() - began);
    if (left > 0) await sleep(systemClock(), left);
    client.sendVitals(samples);
  }
}

/** The log as a subscriber reads it who was never there, once every clinician has got as far as it goes. */
async function readLog(rig: Rig, witnesses: readonly Witness[]): Promise<Witness> {
  const [token = ''] = await rig.tokens('fresh', 1);
  await rig.seen();
  const until = performance.now() + SETTLED_WITHIN_MS;
  let heard = -1;
  while (performance.now() < until) {
    const now = witnesses.reduce((sum, { events }) => sum + events.length, 0);
    const back = witnesses.every(({ heard: all }) => {
      const killed = all.findIndex(({ kind }) => kind === 'kill');
      return all.slice(killed).some(({ kind }) => kind === 'snapshot');
    });
    if (back && now === heard) break;
    heard = now;
    await sleep(systemClock(), QUIET_MS);
  }
  const fresh = new Witness('fresh');
  const done = Promise.withResolvers<void>();
  using feed = await RawFeed.open({
    ...{ url: rig.server.clinicianUrl, token, ca: rig.ca },
    onMessage: (text) => {
      const frame = JSON.parse(text) as FeedFrame;
      fresh.frame(frame);
      if (frame.type === 'snapshot') done.resolve();
    },
    onClose: (code) => done.reject(new CodedError('feed_closed', `the fresh feed was closed with ${code}`)),
  });
  feed.send({ type: 'subscribe', ward: WARD, since: '0' });
  await done.promise;
  return fresh;
}

export const ALARM_KILL: Scenario = {
  name: 'alarm-kill',
  about:
    'kill -9 amid live, latched, acknowledged and shelved alarms; all are as they were, no cursor loses or repeats',
  summaryOf,
  run: trial,
};
