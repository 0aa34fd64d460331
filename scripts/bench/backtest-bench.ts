import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { BacktestReport } from '../../src/model/backtest.ts';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { Vital } from '../../src/model/vital.ts';
import type { VitalsPoint } from '../../src/store/point.ts';
import { type DemoServer, startDemoServer } from '../demo/demo-server.ts';
import { type BenchContext, type Benchmark, type BenchResult, medianOf } from './benchmark.ts';

const PATIENT = patientId('p-bench');
const DEVICE = deviceId('watch-bench');
const WARD = wardId('bench');
const MOMENTS = 86_400;
const BATCH = 4_800;
const RUNS = 5;
/** What was registered is seen by the server within 250 ms. */
const REGISTRY_SEEN_MS = 300;

/** What five vitals do over the day, around the default limits: middle, swing, and seconds of one wave. */
const COURSES: readonly (readonly [Vital, number, number, number])[] = [
  ['heart_rate', 90, 45, 3_700],
  ['resp_rate', 16, 12, 4_300],
  ['spo2', 93, 7, 5_100],
  ['body_temp', 37, 2.2, 9_700],
  ['systolic_bp', 120, 50, 6_100],
];

/** The same numbers on every run (Park-Miller). */
function noise(): () => number {
  let state = 11;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function dayOf(begin: number): VitalsPoint[] {
  const random = noise();
  return Array.from({ length: MOMENTS }, (_, i) => ({
    measurement: 'vitals',
    ...{ patient: PATIENT, device: DEVICE, t: begin + i * 1_000, quality: null, received: null },
    values: Object.fromEntries(
      COURSES.map(([vital, middle, swing, wave]) => {
        const value = middle + swing * Math.sin((2 * Math.PI * i) / wave) + (random() - 0.5) * swing * 0.2;
        return [vital, Math.round(value * 10) / 10];
      }),
    ),
  }));
}

async function prepare(server: DemoServer, begin: number): Promise<void> {
  await server.registry.addPatient({ id: PATIENT, ward: WARD, label: 'bench', news2: 'off' });
  await server.registry.addDevice({
    ...{ id: DEVICE, status: 'active', description: 'bench', interval_ms: null },
    ...{ created: begin, late_renewal_until: null },
  });
  await server.registry.assign(DEVICE, PATIENT, begin);
  const day = dayOf(begin);
  for (let at = 0; at < day.length; at += BATCH) await server.app.store.write(day.slice(at, at + BATCH));
}

function post(url: URL, ca: Buffer, token: string, body: unknown): Promise<BacktestReport> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const call = request(url, { ca, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(JSON.parse(text) as BacktestReport);
        else reject(new CodedError('bench_refused', `the back-test was refused: ${text}`));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

/**
 * How long `POST /v1/patients/{id}/limits/backtest` takes over a day of five vitals at 1 Hz: a server of its own with the
 * embedded store in this process, asked over TLS.
 */
async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  show('storing a day of five vitals at 1 Hz');
  await using server = await startDemoServer({ clock: systemClock(), store: {}, verbose: false });
  const begin = Math.floor(Date.now() / 1_000) * 1_000 - MOMENTS * 1_000;
  await prepare(server, begin);
  const token = await server.clinicianToken(WARD);
  await sleep(systemClock(), REGISTRY_SEEN_MS);
  const ca = readFileSync(join(server.certs, 'root-ca.crt'));
  const url = new URL(`/v1/patients/${PATIENT}/limits/backtest`, server.clinicianUrl);
  const tier = { priority: 'medium', threshold: 88, onset_delay_ms: 30_000 };
  const limits = [{ target: 'spo2:low', tiers: [{ ...tier, clear_margin: 2, clear_delay_ms: 10_000 }] }];
  const body = { limits, from: begin, to: begin + MOMENTS * 1_000 };

  const stalls = monitorEventLoopDelay({ resolution: 1 });
  const answered: number[] = [];
  stalls.enable();
  for (let one = 1; one <= (quick ? 2 : RUNS); one++) {
    signal.throwIfAborted();
    show(`back-test ${one}`);
    const asked = performance.now();
    const { moments } = await post(url, ca, token, body);
    answered.push((performance.now() - asked) / 1_000);
    if (moments !== MOMENTS)
      throw new CodedError('bench_incomplete', `${moments} of ${MOMENTS} moments were evaluated`);
  }
  stalls.disable();
  return {
    figures: [
      { name: 'answered after', unit: 's', ...medianOf(answered), at_most: 2 },
      { name: 'longest stall of the server', unit: 'ms', value: stalls.max / 1e6 },
    ],
    notes: [
      `${MOMENTS} moments of ${COURSES.length} vitals, evaluated twice: by the limits in force and by the proposed`,
    ],
  };
}

export const BACKTEST: Benchmark = {
  name: 'backtest',
  quick: 'only_when_asked',
  about: 'a back-test over a day of five vitals at 1 Hz, asked over REST',
  run,
};
