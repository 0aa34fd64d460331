import { serveCalls } from '../load/serve-calls.ts';
import { ClinicianFleet } from './clinician-fleet.ts';

serveCalls(new ClinicianFleet());
