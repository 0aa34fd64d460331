import t from 'tap';
import { CLOSE_CODES, type CloseCode, reconnectAfter } from '../../src/protocol/close-codes.ts';

const codes = Object.keys(CLOSE_CODES).map(Number) as CloseCode[];

t.test('the table holds the codes of the protocol and no others', async (t) => {
  t.same(codes, [1000, 1001, 1007, 1009, 1011, 1012, 1013, 4400, 4401, 4403, 4408, 4409, 4429]);
});

t.test(
  'every code may be sent by an endpoint, and its reason fits a close frame (RFC 6455 5.5, 7.4)',
  async (t) => {
    for (const code of codes) {
      t.ok((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 4000, `${code}`);
      const { reason, meaning } = CLOSE_CODES[code];
      t.ok(Buffer.byteLength(reason) <= 123 && reason.length > 0, `${code} ${reason}`);
      t.ok(meaning.length > 0, `${code} has a meaning`);
    }
  },
);

t.test('who is not welcome or was replaced stays away; who lost the server comes back', async (t) => {
  for (const code of [1000, 4403, 4409]) t.equal(reconnectAfter(code), 'no', `${code}`);
  for (const code of [1012, 4401, 4408]) t.equal(reconnectAfter(code), 'with_jitter', `${code}`);
  for (const code of [1013, 4429]) t.equal(reconnectAfter(code), 'later', `${code}`);
});

t.test('a code of nobody is taken as a lost network', async (t) => {
  for (const code of [1005, 1006, 1015, 3000, 4999, 0, Number.NaN])
    t.equal(reconnectAfter(code), 'with_jitter', `${code}`);
});
