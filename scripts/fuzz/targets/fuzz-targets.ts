import type { FuzzTarget } from '../fuzz-case.ts';
import { deviceCborTarget, deviceJsonTarget, feedTarget, type TargetOptions } from './codec-target.ts';
import { deviceSessionTarget } from './device-session-target.ts';
import { feedSessionTarget } from './feed-session-target.ts';

/** Everything that frames can be thrown at, by name, in the order in which they are. */
export const FUZZ_TARGETS: Readonly<Record<string, (options: TargetOptions) => Promise<FuzzTarget>>> = {
  'device-json': async (options) => deviceJsonTarget(options),
  'device-cbor': async (options) => deviceCborTarget(options),
  feed: async (options) => feedTarget(options),
  'device-session': deviceSessionTarget,
  'feed-session': feedSessionTarget,
};
