import t from 'tap';
import { patientId, wardId } from '../../src/model/ids.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const ward = wardId('ward-1');
await server.registry.addPatient({ id: patientId('p-1'), ward, label: 'Bed', news2: 'scale_1' });
const charge = await server.token('charge-1', { role: 'charge' });
const observations = '/v1/patients/p-1/observations';
const shelves = '/v1/patients/p-1/shelves';
const limits = '/v1/limits/patient/p-1/spo2:low';
const shelf = { vital: 'spo2', direction: 'low', reason: 'probe is replaced' };
const tier = {
  ...{ priority: 'medium', threshold: 88, onset_delay_ms: 15_000 },
  ...{ clear_margin: 1, clear_delay_ms: 5_000 },
};
const withTier = (more: object) => ({ tiers: [{ ...tier, ...more }], reason: 'COPD' });

t.test('a value of another JSON type than is asked for is refused, never made into one', async (t) => {
  for (const [method, path, body, field] of [
    // A client that has no value: as 0 it would be apnoea, and 3 points of NEWS2.
    ['POST', observations, { values: { resp_rate: null } }, /body\/values\/resp_rate/],
    ['POST', observations, { values: { heart_rate: true } }, /body\/values\/heart_rate/],
    ['POST', observations, { values: { heart_rate: '88' } }, /body\/values\/heart_rate/],
    ['POST', observations, { values: { heart_rate: [88] } }, /body\/values\/heart_rate/],
    ['POST', observations, { oxygen: 'air', t: null }, /body\/t/],
    ['POST', shelves, { ...shelf, minutes: true }, /body\/minutes/],
    ['POST', shelves, { ...shelf, minutes: '480' }, /body\/minutes/],
    ['POST', shelves, { ...shelf, minutes: 5, reason: 1_234_567_890 }, /body\/reason/],
    ['PUT', limits, withTier({ onset_delay_ms: null }), /body\/tiers\/0\/onset_delay_ms/],
    ['PUT', limits, withTier({ clear_margin: false }), /body\/tiers\/0\/clear_margin/],
    ['PUT', limits, withTier({ threshold: '88' }), /body\/tiers\/0\/threshold/],
    ['PUT', limits, { ...withTier({}), reason: 123 }, /body\/reason/],
    ['POST', '/v1/patients/p-1/limits/backtest', { limits: [], from: null }, /body\/from/],
  ] as const) {
    const { status, body: answer } = await rest(server, charge, path, { method, body });
    t.match({ status, ...answer }, { status: 400, code: 'invalid_request', detail: field });
  }
  t.same((await rest(server, charge, observations)).body, { observations: [] });
  t.same((await rest(server, charge, shelves)).body, { shelves: [] });
  t.match((await rest(server, charge, '/v1/limits/patient/p-1')).body, { limits: [] });
});

t.test('whole numbers of a query are text on the wire, and numbers to the server', async (t) => {
  t.equal((await rest(server, charge, `${observations}?limit=1`)).status, 200);
  for (const limit of ['abc', '1.5', '', 'null', 'true', '0x1', '1&limit=2'])
    t.match(
      (await rest(server, charge, `${observations}?limit=${limit}`)).body,
      { code: 'invalid_request', detail: /querystring\/limit/ },
      limit,
    );
});
