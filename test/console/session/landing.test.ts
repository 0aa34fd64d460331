import t from 'tap';
import { landingPath } from '../../../src/console/session/landing.ts';

t.test('after signing in one lands where one wanted to go', async (t) => {
  t.equal(landingPath('?return=%2Fpatients%2Fp-1'), '/patients/p-1');
  t.equal(landingPath(''), '/');
});

t.test('and on no other host', async (t) => {
  for (const elsewhere of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
  ])
    t.equal(landingPath(`?return=${encodeURIComponent(elsewhere)}`), '/', elsewhere);
});

t.test('nor on the sign-in again', async (t) => {
  t.equal(landingPath('?return=/sign-in'), '/');
});
