import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import type { EpochMs } from '../../../src/core/clock.ts';
import type { AttackStage } from '../attack-stage.ts';
import { enrolGood, type GoodDevice, goodToken } from '../enrolled.ts';
import { inParallel } from '../in-parallel.ts';
import type { Seeded } from '../seeded.ts';
import { addressIn } from '../server-log.ts';
import { Peer } from '../tokens/token-doors.ts';
import { StreamingDevice } from './streaming-device.ts';

/** Frames of a device that had been told to stop, to be looked for in the store. */
export interface AfterTheEnd {
  readonly device: GoodDevice['id'];
  /** Sample times of [from, to). */
  readonly from: number;
  readonly to: number;
}

export interface CutOff {
  /** How long each one went on streaming, in milliseconds; those that were never closed are not in it. */
  readonly lasted: readonly number[];
  readonly neverClosed: number;
  /** Closes by another code than the one that says why. */
  readonly otherCode: number;
  readonly after: readonly AfterTheEnd[];
}

const FRAME_EVERY_MS = 10;
const FRAMES_BEFORE = 5;
const FRAMES_AFTER = 5;
const GIVEN_UP_AFTER_MS = 10_000;
/** For the server to read what was sent after the end. */
const READ_WITHIN_MS = 100;
const JITTER_MS = 250;
const LANES = 5;
const NETWORK = '5';
const SEEN_WITHIN_MS = 500;

export interface CutOffTrials {
  readonly name: string;
  readonly trials: number;
  readonly tokenTtlS: number;
  /** The close code that is expected. */
  readonly code: number;
  /** Ends the device's right to stream; resolves with the moment from which it has none, by `performance.now()`. */
  readonly end: (device: GoodDevice, trial: number, tokenExpires: EpochMs) => Promise<number>;
  readonly random: Seeded;
  readonly progress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** Devices stream, lose the right to, are closed, and go on sending all the same. */
export async function cutOffTrials(stage: AttackStage, asked: CutOffTrials): Promise<CutOff> {
  const ids = Array.from({ length: asked.trials }, (_, i) => `${asked.name}-${i}`);
  const devices = await enrolGood(stage, ids);
  await pause(SEEN_WITHIN_MS);
  const lasted: number[] = [];
  const after: AfterTheEnd[] = [];
  let [neverClosed, otherCode, done] = [0, 0, 0];
  const run = async (identity: GoodDevice, trial: number): Promise<void> => {
    const route = { port: stage.server.devicePort, localAddress: addressIn(`${NETWORK}.1`, trial) };
    const peer = new Peer(identity, stage.ca, trial % 2 === 0 ? 'TLSv1.3' : 'TLSv1.2', () => route);
    const token = await goodToken(stage, identity.id, identity.thumbprint, asked.tokenTtlS);
    const device = await StreamingDevice.open(peer.open(), token);
    const timer = setInterval(() => device.send(), FRAME_EVERY_MS);
    try {
      while (device.acked < FRAMES_BEFORE) await pause(FRAME_EVERY_MS);
      // The server looks at the registry at regular times: without this a trial would begin when the one before it
      // ended, which is just after such a look.
      await pause(asked.random.below(JITTER_MS));
      const from = await asked.end(identity, trial, 1_000 * (decodeJwt(token).exp ?? 0));
      const end = await Promise.race([device.ended, pause(GIVEN_UP_AFTER_MS, null)]);
      clearInterval(timer);
      if (end === null) neverClosed += 1;
      else lasted.push(Math.max(0, end.at - from));
      if (end !== null && end.code !== asked.code) otherCode += 1;
      const first = device.sent + 1;
      for (let i = 0; i < FRAMES_AFTER; i += 1) device.send();
      await pause(READ_WITHIN_MS);
      const [fromT, toT] = [device.sampleTime(first), device.sampleTime(device.sent + 1)];
      after.push({ device: identity.id, from: fromT, to: toT });
    } finally {
      clearInterval(timer);
      device.close();
    }
    done += 1;
    asked.progress(done, asked.trials);
  };
  await inParallel(devices, LANES, run, asked.signal);
  return { lasted, neverClosed, otherCode, after };
}
