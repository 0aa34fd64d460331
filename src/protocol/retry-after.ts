/** The close reason of 4429 for a peer that connects too often: how many seconds it is to stay away. */
export function rateExceededReason(seconds: number): string {
  return `rate exceeded: come back in ${seconds} s`;
}

/** The seconds that a close reason asks to wait; null where it names none. At most 9,999. */
export function secondsAskedIn(reason: string): number | null {
  const seconds = /: come back in (\d{1,4}) s$/.exec(reason)?.[1];
  return seconds === undefined ? null : Number(seconds);
}
