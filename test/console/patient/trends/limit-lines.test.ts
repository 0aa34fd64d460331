import t from 'tap';
import { limitLines } from '../../../../src/console/patient/trends/limit-lines.ts';

t.test('each tier is a line, and its band ends where the next worse one begins', async (t) => {
  const lines = limitLines([
    {
      target: 'spo2:low',
      tiers: [
        { priority: 'high', threshold: 80 },
        { priority: 'medium', threshold: 90 },
      ],
    },
    { target: 'heart_rate:high', tiers: [{ priority: 'medium', threshold: 120 }] },
  ]);
  t.same(lines, [
    { vital: 'spo2', direction: 'low', priority: 'medium', threshold: 90, until: 80 },
    { vital: 'spo2', direction: 'low', priority: 'high', threshold: 80, until: null },
    { vital: 'heart_rate', direction: 'high', priority: 'medium', threshold: 120, until: null },
  ]);
});

t.test('what was switched off, a change and a combination have no level', async (t) => {
  const tiers = [{ priority: 'high' as const }];
  const targets = ['spo2:falling', 'combination:shock'].map((target) => ({ target, tiers }));
  t.same(limitLines([...targets, { target: 'resp_rate:low', tiers: [] }]), []);
});
