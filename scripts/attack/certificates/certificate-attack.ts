import type { AttackCounts, AttackSize } from '../attack-counts.ts';
import type { AttackStage } from '../attack-stage.ts';
import { inParallel } from '../in-parallel.ts';
import { addressIn } from '../server-log.ts';
import { ControlTally, type DoorJudgement, judged, Tally } from '../tally.ts';
import { type Channel, loadedInto, type Route, tlsChannel } from '../wire/channel.ts';
import { exchange, streamRequest, TOKEN_REQUEST } from '../wire/http-exchange.ts';
import { rawTlsChannel } from '../wire/raw-tls.ts';
import {
  CERTIFICATE_CLASSES,
  type CertificateAttempt,
  CONTROL,
  certificateAttempts,
} from './certificate-attempts.ts';
import type { CertificateClass } from './forged-certificate.ts';

const LANES = 12;
/** The networks of the loopback that mark this attack in the server's log, one a class. */
const NETWORK = 2;
/** How long the server may take to see what was registered. Twice what it promises. */
const SEEN_WITHIN_MS = 500;

/** Tries certificates at the token door and, with a good token, at the stream; good ones in between. */
export async function attackCertificates(
  stage: AttackStage,
  size: AttackSize,
  classes: Readonly<Record<string, CertificateClass>> = CERTIFICATE_CLASSES,
): Promise<AttackCounts> {
  const { server } = stage;
  const names = [...Object.keys(classes), CONTROL];
  const networkOf = (name: string): string => `${NETWORK}.${1 + names.indexOf(name)}`;
  const attempts = await certificateAttempts(stage, size, classes);
  for (const { name, forged, transport } of attempts) size.planned(`${name} ${forged.variant} ${transport}`);
  await new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS));
  const tally = new Tally();
  const controls = new ControlTally();
  let done = 0;
  const run = async (attempt: CertificateAttempt, index: number): Promise<void> => {
    await server.ready();
    const before = server.crashes;
    const { name, transport, forged } = attempt;
    const doors = await tryDoors(stage, attempt, addressIn(networkOf(name), index));
    const variant = `${forged.variant}, ${transport}`;
    if (name === CONTROL) controls.add(variant, doors);
    else tally.add(name, variant, server.crashes > before ? doors.map(crashed) : doors);
    done += 1;
    size.progress(done, attempts.length);
  };
  await inParallel(attempts, LANES, run, size.signal);
  return {
    ...tally.total(),
    classes: tally.classes((name) => server.log.reasonsOf(networkOf(name))),
    controls: { tried: controls.tried, accepted: controls.accepted },
    findings: [...tally.findings, ...controls.findings],
  };
}

/** The server ended meanwhile: that nothing came in is no merit of its. */
function crashed(door: DoorJudgement): DoorJudgement {
  return { ...door, outcome: 'crashed', detail: `${door.detail}; the server ended` };
}

const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/** Both doors, each over a connection of its own. */
async function tryDoors(
  stage: AttackStage,
  attempt: CertificateAttempt,
  localAddress: string,
): Promise<readonly DoorJudgement[]> {
  const doors: DoorJudgement[] = [];
  const requests = { '/v1/token': TOKEN_REQUEST, '/v1/stream': streamRequest(attempt.token) };
  for (const [door, request] of Object.entries(requests)) {
    const channel = opened(stage, attempt, { port: stage.server.devicePort, localAddress });
    const answer = await exchange(channel, request);
    const { ended } = channel.inbox;
    channel.destroy();
    doors.push({ door, ...judged(answer, ended, REFUSALS) });
  }
  return doors;
}

/** By Node's TLS where it will send what is to be sent, else by hand. */
function opened(stage: AttackStage, { forged, transport }: CertificateAttempt, route: Route): Channel {
  const { chain, key, proof } = forged;
  const context = transport === 'by hand' ? null : loadedInto(forged, stage.ca);
  if (context !== null && transport !== 'by hand') {
    return tlsChannel(route, { secureContext: context, version: transport });
  }
  const signed = key === null ? ({ kind: 'none' } as const) : ({ kind: 'signed', key } as const);
  return rawTlsChannel(route, { chain, proof: proof ?? signed });
}
