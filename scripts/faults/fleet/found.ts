/** A moment as it was found somewhere, whoever put it there. */
export interface FoundMoment {
  readonly t: number;
  readonly patient: string | null;
  readonly heart_rate: number | null;
  readonly spo2: number | null;
}

/** What the server has of the devices. */
export interface Found {
  /** By device. A moment that is there twice is in the list twice. */
  readonly moments: ReadonlyMap<string, readonly FoundMoment[]>;
  /** What could not be read as what it should be. */
  readonly corrupt: readonly string[];
  /** Frames that came after one with a higher number of the same stream, or with a number that was there already. */
  readonly disordered: readonly string[];
}
