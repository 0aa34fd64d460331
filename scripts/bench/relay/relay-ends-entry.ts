import { fileURLToPath } from 'node:url';

/** The file of the process that is both ends of a relay; it answers `RelayCalls`. */
export const RELAY_ENDS = fileURLToPath(new URL('./relay-ends-process.ts', import.meta.url));
