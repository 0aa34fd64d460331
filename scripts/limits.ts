import { adminProgram, runProgram } from './admin-command.ts';
import { addBacktest } from './limits/backtest.ts';
import { addEffective } from './limits/effective.ts';
import { addSet } from './limits/set.ts';
import { addShow } from './limits/show.ts';
import { addUnset } from './limits/unset.ts';

const program = adminProgram(
  'limits',
  'Choose alarm limits for everyone, a ward or a patient; a running server obeys within a second.',
);

addShow(program);
addSet(program);
addUnset(program);
addEffective(program);
addBacktest(program);

await runProgram(program);
