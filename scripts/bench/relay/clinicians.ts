import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rig } from '../../rig/rig.ts';
import type { Peer } from '../load/dialect.ts';
import type { PeerFile } from '../subjects/peers.ts';

/** Clinicians whose tokens are made one after the other, while those of others are. */
const IN_A_ROW = 50;

/** Registers `count` clinicians of the rig's ward, and leaves their tokens in a file that both ends of a relay read. */
export async function enrolClinicians(rig: Rig, count: number): Promise<PeerFile> {
  const made: Promise<readonly string[]>[] = [];
  for (let first = 0; first < count; first += IN_A_ROW)
    made.push(rig.tokens(`nurse-${first}`, Math.min(IN_A_ROW, count - first)));
  const tokens = (await Promise.all(made)).flat();
  const path = join(rig.server.directory, 'clinicians.jsonl');
  const people = tokens.map((token, i): Peer => ({ device: `nurse-${i}`, cert: '', key: '', token }));
  writeFileSync(path, people.map((one) => JSON.stringify(one)).join('\n'), { mode: 0o600 });
  await rig.seen();
  return { path, count };
}
