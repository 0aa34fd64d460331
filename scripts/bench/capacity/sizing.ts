export const SECONDS_A_DAY = 86_400;
const US_A_SECOND = 1_000_000;

/** What a core can carry. */
export interface CoreUse {
  /** Of the core's time, 0 to 1: what is left is for storms, backlogs and garbage. */
  readonly share: number;
  readonly framesASecond: number;
  /** CPU of the server. Microseconds. */
  readonly frameUs: number;
  /** CPU that a device costs with nothing to say. Microseconds a second; 0 where `frameUs` has it in it. */
  readonly idleUs: number;
}

/** Devices that a core carries at a pace. Infinity where nothing was measured to cost anything. */
export function devicesACore({ share, framesASecond, frameUs, idleUs }: CoreUse): number {
  return (US_A_SECOND * share) / (frameUs * framesASecond + idleUs);
}

/** Things that a core can do in a second at a share of its time. @param costUs microseconds each */
export function ratePerCore(costUs: number, share: number): number {
  return (US_A_SECOND * share) / costUs;
}

/** What grows with each further one, from two sizes: what is there anyway falls out. */
export function slope(
  [few, at]: readonly [count: number, value: number],
  [many, then]: readonly [count: number, value: number],
): number {
  return (then - at) / (many - few);
}

/** Bytes that a device leaves in a day. @param bytes of one moment */
export function bytesADay(bytes: number, momentsASecond: number): number {
  return bytes * momentsASecond * SECONDS_A_DAY;
}
