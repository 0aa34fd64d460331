import { adminProgram, runProgram } from './admin-command.ts';
import { addAssign } from './device/assign.ts';
import { addBulk } from './device/bulk.ts';
import { addIssue } from './device/issue.ts';
import { addList } from './device/list.ts';
import { addRenew } from './device/renew.ts';
import { addReplace } from './device/replace.ts';
import { addRevoke } from './device/revoke.ts';
import { addShow } from './device/show.ts';
import { addSuspend } from './device/suspend.ts';

// Files of a bulk run are synced to disk by as many threads at once, so that the disk joins their writes and the processor
// never waits for one. Node reads it when the first of these threads is needed, which is not yet.
process.env.UV_THREADPOOL_SIZE ??= '16';

const program = adminProgram(
  'device',
  'Enrol wearables, renew, replace and end their certificates, and say who wears them.',
);
addIssue(program);
addBulk(program);
addRenew(program);
addReplace(program);
addRevoke(program);
addSuspend(program);
addList(program);
addShow(program);
addAssign(program);

await runProgram(program);
