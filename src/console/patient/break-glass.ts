import { GRANT_REASON_LENGTH, MAX_GRANT_MS } from '../../model/people.ts';

export const BREAK_GLASS_MINUTES = { least: 1, most: MAX_GRANT_MS / 60_000, usual: 60 } as const;

/** What is wrong with a request for access, by its field; empty: nothing. */
export interface BreakGlassFaults {
  readonly reason?: 'length';
  readonly minutes?: 'range';
}

/** @param minutes as it was typed */
export function breakGlassFaults(reason: string, minutes: string): BreakGlassFaults {
  const { least, most } = GRANT_REASON_LENGTH;
  const length = reason.trim().length;
  const count = Number(minutes);
  const counts =
    minutes.trim() !== '' &&
    Number.isInteger(count) &&
    count >= BREAK_GLASS_MINUTES.least &&
    count <= BREAK_GLASS_MINUTES.most;
  return {
    ...(length < least || length > most ? { reason: 'length' } : {}),
    ...(counts ? {} : { minutes: 'range' }),
  };
}
