import t from 'tap';
import { readNews2History } from '../../src/feed/news2-history-reader.ts';
import {
  clinicianId,
  deviceId,
  MANUAL_DEVICE,
  type ObservationId,
  patientId,
  wardId,
} from '../../src/model/ids.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { Vital } from '../../src/model/vital.ts';
import type { Point } from '../../src/store/point.ts';
import { technicalAlarm } from '../support/console-alarms.ts';
import { eventually } from '../support/eventually.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const server = await runningServer(t);
await server.wearable('watch-1', 'p-1');
for (const [id, news2] of [
  ['p-far', 'scale_1'],
  ['p-off', 'off'],
] as const) {
  const ward = wardId(id === 'p-far' ? 'ward-2' : 'ward-1');
  await server.registry.addPatient({ id: patientId(id), ward, label: `Bed of ${id}`, news2 });
}
const nurse = await server.token('nurse-1');
const { store } = server.app;
const patient = patientId('p-1');
/** Three hours ago, at a whole hour. */
const begin = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;

function point(at: number, values: Readonly<Partial<Record<Vital, number>>>, device = 'watch-1'): Point {
  const of = { measurement: 'vitals', patient, device: deviceId(device) } as const;
  return { ...of, t: at, values, quality: null, received: null };
}

function observation(at: number, fields: Partial<Observation>): Point {
  const id = `o-${at}` as ObservationId;
  const of = { id, patient, by: clinicianId('nurse-1'), t: at, entered: at, values: {} };
  return {
    measurement: 'observations',
    observation: { ...of, oxygen: null, consciousness: null, ...fields },
  };
}

// Well for 20 min, breathing fast for 10, then the watch is silent.
await store.write([
  ...Array.from({ length: 1_800 }, (_, s) =>
    point(begin + s * 1_000, { resp_rate: s < 1_200 ? 16 : 25, spo2: 97, heart_rate: 70 + (s % 7) }),
  ),
  // What is not trusted does not count.
  { ...point(begin + 1_799_500, { resp_rate: 40 }), quality: 'motion' } as Point,
  { ...point(begin - 5 * HOUR, { systolic_bp: 120, body_temp: 37 }), device: MANUAL_DEVICE } as Point,
  observation(begin - 5 * HOUR, { values: { systolic_bp: 120, body_temp: 37 }, consciousness: 'alert' }),
  observation(begin + 5 * MINUTE, { oxygen: 'oxygen' }),
]);

const ask = (query: string, token: string | null = nurse, id = 'p-1'): Promise<RestAnswer> =>
  rest(server, token, `/v1/patients/${id}/news2/history${query}`);

interface Step {
  readonly t: number;
  readonly kind: string;
  readonly score?: number;
  readonly trigger?: string;
  readonly lacks?: readonly string[];
  readonly inputs?: readonly { readonly parameter: string; readonly age_ms: number }[];
}

t.test('answers with the score at each step, its inputs and their ages, and gaps', async (t) => {
  const { status, body, text, headers } = await ask(`?from=${begin}&to=${begin + HOUR}&step=5m`);
  t.equal(status, 200, text.slice(0, 300));
  t.equal(headers['cache-control'], 'no-store');
  t.match(body, {
    patient: 'p-1',
    from: begin,
    to: begin + HOUR,
    step_ms: 5 * MINUTE,
    use: 'scale_1',
    truncated: false,
  });
  const steps = body.steps as readonly Step[];
  const gone = 'resp_rate spo2 pulse';
  t.same(
    steps.map((step) => [(step.t - begin) / MINUTE, step.score ?? step.lacks?.join(' ')]),
    [
      ...[
        [0, 'oxygen'],
        [5, 2],
        [10, 2],
        [15, 2],
        [20, 5],
        [25, 5],
        [30, 5],
        [35, 5],
        [40, 5],
      ],
      ...[
        [45, gone],
        [50, gone],
        [55, gone],
      ],
    ],
  );
  t.match(steps[7], {
    kind: 'score',
    trigger: 'urgent',
    inputs: [
      { parameter: 'resp_rate', value: 25, points: 3, measured: begin + 1_799_000, age_ms: 301_000 },
      { parameter: 'spo2', value: 97, points: 0 },
      { parameter: 'oxygen', value: 'oxygen', points: 2, age_ms: 30 * MINUTE },
      { parameter: 'systolic_bp', value: 120, age_ms: 5 * HOUR + 35 * MINUTE },
      { parameter: 'pulse' },
      { parameter: 'consciousness', value: 'alert' },
      { parameter: 'temperature', value: 37 },
    ],
  });
});

t.test('the step is chosen by the range, at most 200 of them, none later than now', async (t) => {
  const chosen: unknown[] = [];
  for (const span of [HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY]) {
    const { body } = await ask(`?from=${begin + HOUR - span}&to=${begin + HOUR}`);
    chosen.push([Number(body.step_ms) / MINUTE, (body.steps as unknown[]).length]);
  }
  t.same(chosen, [
    [1, 60],
    [5, 144],
    [10, 144],
    [30, 144],
    [60, 168],
  ]);
  const { body } = await ask(`?to=${begin + 2 * DAY}&from=${begin}&step=1h`);
  const steps = body.steps as readonly Step[];
  t.ok(steps.length > 0 && steps.every(({ t: at }) => at <= Date.now()), `${steps.length}`);
  t.match(await ask(''), { status: 200, body: { step_ms: 10 * MINUTE } }, 'the last day');
});

t.test('whoever is not scored has no history of scores', async (t) => {
  t.match(await ask('', nurse, 'p-off'), { status: 200, body: { use: 'off', steps: [] } });
});

t.test('whoever may watch the patient may ask, and nobody else', async (t) => {
  const guest = await server.token('guest-1', { wards: [] });
  t.match(await ask('', guest), { status: 403, body: { code: 'patient_forbidden' } });
  t.match(await ask('', null), { status: 401, body: { code: 'token_missing' } });
  const far = await ask('', nurse, 'p-far');
  const none = await ask('', nurse, 'p-xyz');
  t.match(far, { status: 403, body: { code: 'patient_forbidden' } });
  t.equal(far.text.replaceAll('p-far', 'X'), none.text.replaceAll('p-xyz', 'X'));
});

t.test('what is wrong with the request is named', async (t) => {
  for (const [query, detail] of [
    ['?from=2&to=1', /from 2 must be before to 1/],
    [`?from=${begin - 8 * DAY}&to=${begin}`, /more than 7 days/],
    ['?step=5', /step "5" must be a number with/],
    ['?step=10s', /step 10s must be at least 1m/],
    ['?step=1m', /step 1m gives more than 200 scores/],
    ['?from=x', /from/],
  ] as const)
    t.match(await ask(query), { status: 400, body: { code: 'invalid_request', detail } }, query);
});

t.test('when too many wait, the answer says when to come back', async (t) => {
  const short = `?from=${begin}&to=${begin + HOUR}`;
  const answers = await eventually(async () => {
    // How many overlap is for the machine to say.
    const many = await Promise.all(Array.from({ length: 20 }, () => ask(short)));
    return many.some(({ status }) => status === 503) ? many : null;
  });
  t.ok(answers.filter(({ status }) => status === 200).length >= 9, 'the others are answered');
  for (const { body, headers } of answers.filter(({ status }) => status === 503)) {
    t.match(body, { code: 'history_busy' });
    t.equal(headers['retry-after'], '5');
  }
});

t.test('what stood still does not count: what was measured before, or by another device, does', async (t) => {
  const frozen = technicalAlarm({
    ...{ condition: 'frozen_value', vital: 'heart_rate', device: deviceId('watch-1'), patient },
    ...{ onset: begin + 10 * MINUTE, ended: begin + 20 * MINUTE },
  });
  const at = begin + 15 * MINUTE;
  const pulses = async (alarms: readonly (typeof frozen)[], times: readonly number[]): Promise<unknown> => {
    const request = { patient, use: 'scale_1', times } as const;
    const { steps } = await readNews2History({ store, alarms: async () => alarms }, request);
    return steps.map(({ news2 }) =>
      news2.kind === 'off'
        ? null
        : (news2.inputs.find(({ parameter }) => parameter === 'pulse')?.measured ?? null),
    );
  };
  t.same(await pulses([], [at]), [at]);
  t.same(await pulses([frozen], [at, begin + 25 * MINUTE]), [
    begin + 10 * MINUTE - 1_000,
    begin + 25 * MINUTE,
  ]);
  await store.write([point(at - 2_500, { heart_rate: 75 }, 'strap-1')]);
  t.same(await pulses([frozen], [at]), [at - 2_500]);
});

t.test('nobody waits: it ends', async (t) => {
  const request = { patient, use: 'scale_1', times: [begin] } as const;
  const read = readNews2History({ store, alarms: async () => [] }, request, AbortSignal.abort());
  await t.rejects(read, { code: 'overloaded' });
});
