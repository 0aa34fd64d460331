import type { SecureVersion } from 'node:tls';
import type { AttackCounts, AttackSize } from '../attack-counts.ts';
import type { AttackStage } from '../attack-stage.ts';
import { CONTROL } from '../certificates/certificate-attempts.ts';
import { inParallel } from '../in-parallel.ts';
import { addressIn } from '../server-log.ts';
import { ControlTally, type DoorJudgement, Tally } from '../tally.ts';
import type { TokenClass } from './forged-token.ts';
import { type DeviceTurn, TOKEN_CLASSES, type TokenAttempt, tokenTurns } from './token-attempts.ts';
import { atFeed, atRest, atStream, inBand, Peer } from './token-doors.ts';

const LANES = 12;
/** The networks of the loopback that mark this attack in the server's log, one a class. */
const NETWORK = 3;
/** How long the server may take to see what was registered. Twice what it promises. */
const SEEN_WITHIN_MS = 500;
const VERSIONS: readonly SecureVersion[] = ['TLSv1.3', 'TLSv1.2'];

/** Tries tokens at the stream, in-band, and at the clinicians' doors; good ones in between. */
export async function attackTokens(
  stage: AttackStage,
  size: AttackSize,
  classes: Readonly<Record<string, TokenClass>> = TOKEN_CLASSES,
): Promise<AttackCounts> {
  const { server } = stage;
  const names = [...Object.keys(classes), CONTROL];
  const networkOf = (name: string): string => `${NETWORK}.${1 + names.indexOf(name)}`;
  const turns = await tokenTurns(stage, size, classes);
  for (const { name, kind, forged, inBand: offered } of turns.flatMap(({ attempts }) => attempts)) {
    size.planned(`${name} ${kind} ${forged.variant} ${offered}`);
  }
  await new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS));
  const tally = new Tally();
  const controls = new ControlTally();
  const total = size.attempts + size.controls;
  let done = 0;
  const take = async ({ device, attempts }: DeviceTurn, index: number): Promise<void> => {
    let localAddress = '';
    const version = VERSIONS[index % VERSIONS.length] ?? 'TLSv1.3';
    const wearable = new Peer(device, stage.ca, version, () => ({ port: server.devicePort, localAddress }));
    const browser = new Peer({ chain: [], key: null }, stage.ca, version, () => ({
      port: server.clinicianPort,
      localAddress,
    }));
    for (const attempt of attempts) {
      size.signal.throwIfAborted();
      await server.ready();
      const before = server.crashes;
      localAddress = addressIn(networkOf(attempt.name), index);
      const doors = await tryDoors(attempt, wearable, browser);
      const { name, kind, forged } = attempt;
      const variant = `${forged.variant}, ${kind}`;
      if (name === CONTROL) controls.add(variant, doors);
      else tally.add(name, variant, server.crashes > before ? doors.map(crashed) : doors);
      done += 1;
      size.progress(done, total);
    }
  };
  await inParallel(turns, LANES, take, size.signal);
  return {
    ...tally.total(),
    classes: tally.classes((name) => server.log.reasonsOf(networkOf(name))),
    controls: { tried: controls.tried, accepted: controls.accepted },
    findings: [...tally.findings, ...controls.findings],
  };
}

function crashed(door: DoorJudgement): DoorJudgement {
  return { ...door, outcome: 'crashed', detail: `${door.detail}; the server ended` };
}

async function tryDoors(
  { kind, forged, good, inBand: offered }: TokenAttempt,
  wearable: Peer,
  browser: Peer,
): Promise<readonly DoorJudgement[]> {
  if (kind === 'clinician') return [await atRest(browser, forged), await atFeed(browser, forged)];
  const doors = [await atStream(wearable, forged)];
  if (offered) doors.push(await inBand(wearable, good, forged.token));
  return doors;
}
