import type { KeyObject } from 'node:crypto';
import { verifyAccessToken } from '../../../src/identity/access-token.ts';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import type { TokenKeySchedule } from '../../../src/identity/token-keys.ts';
import { verifyTokenSignature } from '../../../src/identity/token-signature.ts';
import type { AttackStage } from '../attack-stage.ts';
import { inParallel } from '../in-parallel.ts';
import { addressIn } from '../server-log.ts';
import { atRest, Peer } from '../tokens/token-doors.ts';
import { headerOf, tokenKeyOf, type Vector } from './vector.ts';
import type { VectorFiles } from './vector-files.ts';

export interface VectorCounts {
  readonly files: number;
  readonly vectors: number;
  /** Not let in, as it should be. */
  readonly refused: number;
  /** Marked valid, ES256, and found so. */
  readonly accepted: number;
  readonly wrongly_accepted: number;
  /** Marked valid, ES256, and refused. */
  readonly wrongly_refused: number;
  /** Marked valid, in a way that no token here may be: refused, by reason. */
  readonly not_applicable: Readonly<Record<string, number>>;
  /** Tried at the running server, too. */
  readonly at_server: number;
  readonly findings: readonly { readonly vector: string; readonly verdict: string }[];
}

type Verdict = 'refused' | 'accepted' | 'wrongly_accepted' | 'wrongly_refused' | { readonly because: string };

const LANES = 8;
const NETWORK = '4.1';
/** What is longer is refused unread, and would only fill the request's header. */
const MAX_HEADER_LENGTH = 8_000;

/** Puts every vector to the product's own verifier, and to the running server those it is not told the key of. */
export async function attackWithVectors(
  stage: AttackStage,
  { files, vectors }: VectorFiles,
  signal: AbortSignal,
): Promise<VectorCounts> {
  const counts = { refused: 0, accepted: 0, wrongly_accepted: 0, wrongly_refused: 0 };
  const reasons = new Map<string, number>();
  const findings: { vector: string; verdict: string }[] = [];
  let atServer = 0;
  const run = async (vector: Vector, index: number): Promise<void> => {
    const key = tokenKeyOf(vector);
    const letIn = await letInBy(stage, vector, key);
    const shown = key === null && vector.jws.length <= MAX_HEADER_LENGTH;
    if (shown) atServer += 1;
    const verdict: Verdict =
      letIn || (shown && (await letInByServer(stage, vector, index)))
        ? 'wrongly_accepted'
        : await verdictOf(vector, key);
    if (typeof verdict === 'object') reasons.set(verdict.because, (reasons.get(verdict.because) ?? 0) + 1);
    else counts[verdict] += 1;
    if (verdict === 'wrongly_accepted' || verdict === 'wrongly_refused') {
      findings.push({ vector: vector.name, verdict });
    }
  };
  await inParallel(vectors, LANES, run, signal);
  return {
    ...{ files, vectors: vectors.length, ...counts, at_server: atServer, findings },
    not_applicable: Object.fromEntries(reasons),
  };
}

/** What the signature says, which is judged apart from the claims: nobody wrote theirs for this service. */
async function verdictOf(vector: Vector, key: KeyObject | null): Promise<Verdict> {
  const verified = key !== null && (await holds(() => verifyTokenSignature(key, vector.jws)));
  switch (vector.expected) {
    case 'invalid':
      return verified ? 'wrongly_accepted' : 'refused';
    case 'unknown':
      return 'refused';
    case 'valid': {
      if (verified) return 'accepted';
      const because = outOfScope(vector, key);
      return because === null ? 'wrongly_refused' : { because };
    }
  }
}

/** Why a JWS that is right as such is none that a token here may be; null: it is one. */
function outOfScope({ jws }: Vector, key: KeyObject | null): string | null {
  if (jws.startsWith('{')) return 'JSON serialisation';
  const parts = jws.split('.');
  if (parts.length === 5) return 'encrypted (JWE)';
  const header = headerOf(jws);
  if (header === null) return 'no header';
  if (header.alg !== 'ES256') return `algorithm ${String(header.alg)}`;
  if ('crit' in header) return 'critical header parameters';
  if (parts[1] === '') return 'detached payload';
  return key === null ? 'no P-256 key for signatures' : null;
}

/** Whether the whole verifier takes it for a device's or a clinician's token, the vector's key being one of ours. */
async function letInBy(
  { keys, issuer }: AttackStage,
  { jws }: Vector,
  key: KeyObject | null,
): Promise<boolean> {
  const schedule = key === null ? keys : withKey(keys, headerOf(jws)?.kid, key);
  for (const audience of ['vitalwire:device', 'vitalwire:clinician']) {
    const expected = { issuer, audience, now: Date.now() };
    if (await holds(() => verifyAccessToken(schedule, jws, expected))) return true;
  }
  return false;
}

function withKey(keys: TokenKeySchedule, kid: unknown, key: KeyObject): TokenKeySchedule {
  return {
    current(now) {
      const current = keys.current(now);
      const verification = new Map([...current.verification, [String(kid), key] as const]);
      return { ...current, verification };
    },
  };
}

/** A refusal is the verifier's own error; any other is a failure of it and ends the run. */
async function holds(verify: () => Promise<unknown>): Promise<boolean> {
  try {
    await verify();
    return true;
  } catch (error) {
    if (error instanceof IdentityError) return false;
    throw error;
  }
}

async function letInByServer(stage: AttackStage, { jws }: Vector, index: number): Promise<boolean> {
  const route = { port: stage.server.clinicianPort, localAddress: addressIn(NETWORK, index) };
  const peer = new Peer({ chain: [], key: null }, stage.ca, 'TLSv1.3', () => route);
  const { outcome } = await atRest(peer, { variant: '', token: jws });
  return outcome === 'accepted';
}
