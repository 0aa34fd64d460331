import { LoadFleet } from './load-fleet.ts';
import { serveCalls } from './serve-calls.ts';

serveCalls(new LoadFleet());
