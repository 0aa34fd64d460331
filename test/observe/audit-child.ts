// A process that appends to an audit trail: `audit-child.ts PATH NAME [COUNT]`. Says each number once it is on disk.
// Without COUNT it goes on until it is killed, or until the trail cannot be written any more.
import { systemClock } from '../../src/core/clock.ts';
import { codeOf } from '../../src/core/coded-error.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { say } from '../support/say.ts';

const [path = '', name = '', count] = process.argv.slice(2);
await using trail = await openAuditTrail({
  path,
  clock: systemClock(),
  onError: ({ code }) => say(`error ${code}`),
});
let written = Promise.resolve();
for (let n = 1; trail.healthy && n <= Number(count ?? Number.MAX_SAFE_INTEGER); n++) {
  written = trail
    .record({ actor: { kind: 'admin', name }, action: 'crl_published', subject: 'root', details: { n } })
    .then(
      () => say(`${n}`),
      (error) => say(`refused ${codeOf(error)}`),
    );
  if (n % 5 === 0) await written;
}
await written;
