import t from 'tap';
import { SIGN_IN_MS, SignInTransactions } from '../../src/identity/sign-in-transactions.ts';
import { manualClock } from '../support/manual-clock.ts';

const transaction = { state: 's-1', nonce: 'n-1', verifier: 'v-1', returnTo: '/alarms' };
const failed = { code: 'sign_in_failed' };

t.test('what was sealed comes back, once', async (t) => {
  const transactions = new SignInTransactions(manualClock());
  const sealed = transactions.seal(transaction);
  t.notMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /n-1|v-1|alarms/, 'unreadable');
  t.throws(() => transactions.take(sealed, 's-2'), failed, 'an answer of another state ends nothing');
  t.same(transactions.take(sealed, 's-1'), transaction);
  t.throws(() => transactions.take(sealed, 's-1'), { ...failed, message: /completed already/ });
  t.same(transactions.take(transactions.seal({ ...transaction, state: 's-3' }), 's-3').state, 's-3');
});

t.test('nothing else is taken', async (t) => {
  const clock = manualClock();
  const transactions = new SignInTransactions(clock);
  const sealed = transactions.seal(transaction);
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    t.throws(() => transactions.take(changed.toString('base64url'), 's-1'), failed, `octet ${at} changed`);
  }
  const others = [
    null,
    '',
    'x',
    sealed.slice(0, 20),
    sealed.slice(0, -4),
    `${sealed}AAAA`,
    'A'.repeat(4_000),
  ];
  for (const other of others) t.throws(() => transactions.take(other, 's-1'), failed);
  t.throws(() => transactions.take(sealed, null), failed);
  t.throws(() => transactions.take(sealed, ''), failed);
  t.throws(() => new SignInTransactions(clock).take(sealed, 's-1'), failed, "another process's");
  clock.advance(SIGN_IN_MS - 1);
  t.same(transactions.take(sealed, 's-1'), transaction, 'good control: nothing above used it up');
});

t.test('it ends after ten minutes', async (t) => {
  const clock = manualClock();
  const transactions = new SignInTransactions(clock);
  const sealed = transactions.seal(transaction);
  clock.advance(SIGN_IN_MS);
  t.throws(() => transactions.take(sealed, 's-1'), { ...failed, message: /ten minutes/ });
});
