import type { AttackCounts } from './attack-counts.ts';
import { BORNE_WITHIN_MS, type FloodResult } from './streams/socket-flood.ts';
import type { VectorCounts } from './vectors/vector-attack.ts';

export interface CutOffCounts {
  readonly trials: number;
  readonly p50_ms: number;
  readonly max_ms: number;
  readonly never_closed: number;
  /** Closed with another code than the one that says why. */
  readonly other_code: number;
  /** Samples in the store that were sent after the close. */
  readonly stored_after: number;
}

/** What a whole attack came to. A part that was not asked for is not there. */
export interface AttackResult {
  readonly seed: number;
  /** A digest of what was tried, in order: the same seed and numbers give the same one. */
  readonly plan: string;
  readonly certificates: AttackCounts;
  readonly tokens: AttackCounts;
  readonly vectors?: VectorCounts;
  readonly revocation: CutOffCounts;
  readonly expiry: CutOffCounts;
  readonly flood?: FloodResult;
  readonly server: {
    readonly crashed: number;
    readonly alive: boolean;
    /** Lines of level error in its log, which has no business there. */
    readonly errors: number;
    /** Refusals that its log tells of, line by line or counted. */
    readonly refusals_logged: number;
  };
  readonly seconds: number;
}

/** Bounds of security.md S4: milliseconds from the loss of the right to stream to the close. */
export const REVOKED_WITHIN_MS = 1_000;
export const EXPIRED_WITHIN_MS = 5_000;

/** What went as it may not, in words; nothing: the server held. */
export function faultsOf(result: AttackResult): readonly string[] {
  const { certificates, tokens, vectors, revocation, expiry, flood, server } = result;
  return [
    ...faultsOfCounts('certificates', certificates),
    ...faultsOfCounts('tokens', tokens),
    ...(vectors ? faultsOfVectors(vectors) : []),
    ...faultsOfCutOff('revoked devices', revocation, REVOKED_WITHIN_MS),
    ...faultsOfCutOff('expired tokens', expiry, EXPIRED_WITHIN_MS),
    ...(flood ? faultsOfFlood(flood) : []),
    ...when(server.crashed > 0, `the server ended ${server.crashed} times by itself`),
    ...when(!server.alive, 'the server did not run any more at the end'),
    ...when(server.errors > 0, `the server logged ${server.errors} errors of its own`),
  ];
}

function when(is: boolean, fault: string): readonly string[] {
  return is ? [fault] : [];
}

function faultsOfCounts(
  what: string,
  { accepted, crashed, not_sent, classes, controls }: AttackCounts,
): readonly string[] {
  const unsent = Object.entries(classes).filter(([, counts]) => counts.not_sent === counts.tried);
  return [
    ...when(accepted > 0, `${accepted} bad ${what} were accepted`),
    ...when(crashed > 0, `${crashed} bad ${what} made the server fail`),
    ...when(not_sent > 0, `${not_sent} bad ${what} never reached the check they were meant for`),
    ...unsent.map(([name]) => `no attempt of class ${name} was sent`),
    ...when(
      controls.accepted < controls.tried,
      `${controls.tried - controls.accepted} of ${controls.tried} good ${what} were refused`,
    ),
  ];
}

function faultsOfVectors({ wrongly_accepted, wrongly_refused }: VectorCounts): readonly string[] {
  return [
    ...when(wrongly_accepted > 0, `${wrongly_accepted} vectors were accepted that may not be`),
    ...when(wrongly_refused > 0, `${wrongly_refused} valid vectors were refused`),
  ];
}

function faultsOfCutOff(what: string, counts: CutOffCounts, withinMs: number): readonly string[] {
  const { max_ms, never_closed, other_code, stored_after } = counts;
  return [
    ...when(max_ms > withinMs, `${what} streamed for up to ${max_ms} ms, allowed are ${withinMs}`),
    ...when(never_closed > 0, `${never_closed} streams of ${what} were never closed`),
    ...when(other_code > 0, `${other_code} streams of ${what} were closed with another code`),
    ...when(stored_after > 0, `${stored_after} samples of ${what} were stored after the close`),
  ];
}

function faultsOfFlood({ kinds, good }: FloodResult): readonly string[] {
  const borne = Object.entries(kinds).filter(([, { opened, closed }]) => closed < opened);
  return [
    ...borne.map(
      ([name, { opened, closed }]) =>
        `${opened - closed} sockets of kind ${name} were still open after ${BORNE_WITHIN_MS / 1_000} s`,
    ),
    ...when(good.closed, 'the good device lost its connection in the flood'),
    ...when(
      good.acked < good.sent,
      `${good.sent - good.acked} frames of the good device were not acked in the flood`,
    ),
  ];
}
