import { adminProgram, runProgram } from './admin-command.ts';
import { addCrl } from './ca/crl.ts';
import { addInit } from './ca/init.ts';
import { addRevoke } from './ca/revoke.ts';
import { addRotate } from './ca/rotate.ts';
import { addShow } from './ca/show.ts';

const program = adminProgram(
  'ca',
  'Make, rotate and show the authorities, and publish what they have revoked.',
);
addInit(program);
addRotate(program);
addRevoke(program);
addCrl(program);
addShow(program);

await runProgram(program);
