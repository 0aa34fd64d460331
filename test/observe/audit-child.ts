// A process that appends to an audit trail, `audit-child.ts PATH NAME`, and says each number once it is on disk, until it
// is killed or the trail cannot be written any more.
import { systemClock } from '../../src/core/clock.ts';
import { codeOf } from '../../src/core/coded-error.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { say } from '../support/say.ts';

const [path = '', name = ''] = process.argv.slice(2);
await using trail = await openAuditTrail({
  path,
  clock: systemClock(),
  onError: ({ code }) => say(`error ${code}`),
});
let written = Promise.resolve();
for (let n = 1; trail.healthy; n++) {
  written = trail
    .record({ actor: { kind: 'admin', name }, action: 'crl_published', subject: 'root', details: { n } })
    .then(
      () => say(`${n}`),
      (error) => say(`refused ${codeOf(error)}`),
    );
  if (n % 5 === 0) await written;
}
await written;
