import { serveCalls } from '../load/serve-calls.ts';
import { RelayEnds } from './relay-ends.ts';

serveCalls(new RelayEnds());
