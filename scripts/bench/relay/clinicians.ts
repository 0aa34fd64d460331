import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rig } from '../../rig/rig.ts';
import type { Peer } from '../load/dialect.ts';
import type { PeerFile } from '../subjects/peers.ts';

/** Registers `count` clinicians of the rig's ward, and leaves their tokens in a file that both ends of a relay read. */
export async function enrolClinicians(rig: Rig, count: number): Promise<PeerFile> {
  const tokens = await rig.tokens('nurse', count);
  const path = join(rig.server.directory, 'clinicians.jsonl');
  const people = tokens.map((token, i): Peer => ({ device: `nurse-${i}`, cert: '', key: '', token }));
  writeFileSync(path, people.map((one) => JSON.stringify(one)).join('\n'), { mode: 0o600 });
  await rig.seen();
  return { path, count };
}
