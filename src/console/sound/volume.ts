const KEY = 'vitalwire.volume';
const USUAL = 0.7;

/** The bounds of the volume: alarms cannot be made inaudible by it. 1 is as loud as the page is ever. */
export const VOLUME = { least: 0.2, most: 1, step: 0.1 } as const;

/** What was chosen on this machine before. */
export function chosenVolume(storage: Pick<Storage, 'getItem'>): number {
  const stored = storage.getItem(KEY);
  return stored === null ? USUAL : bounded(Number(stored));
}

export function keepVolume(storage: Pick<Storage, 'setItem'>, volume: number): void {
  storage.setItem(KEY, String(volume));
}

/** A volume within the bounds; what is none at all is the usual one. */
export function bounded(volume: number): number {
  return Number.isFinite(volume) ? Math.min(VOLUME.most, Math.max(VOLUME.least, volume)) : USUAL;
}
