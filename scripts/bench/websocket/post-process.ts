import { serveCalls } from '../load/serve-calls.ts';
import { PostFleet } from './post-fleet.ts';

serveCalls(new PostFleet());
