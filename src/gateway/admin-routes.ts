import type { FastifyInstance } from 'fastify';
import type { FeedService } from '../feed/feed-service.ts';
import type { SessionTable } from '../ingest/session-table.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';
import { type AdminDoorOptions, adminDoor } from './admin-door.ts';
import { addAuditRoutes } from './audit-routes.ts';
import { addClinicianRoutes } from './clinician-routes.ts';
import { addDeviceCommandRoutes } from './device-command-routes.ts';
import { addDeviceRoutes } from './device-routes.ts';
import { addInvitationRoutes } from './invitation-routes.ts';
import { addRegistryPatientRoutes } from './registry-patient-routes.ts';
import { addSystemRoutes, type SystemRoutesOptions } from './system-routes.ts';

export interface AdminRoutesOptions extends AdminDoorOptions, Pick<SystemRoutesOptions, 'system'> {
  readonly registry: Registry;
  readonly sessions: SessionTable;
  readonly feed: FeedService;
  readonly audit: DoorAudit;
  readonly consoleUrl: string | null;
}

/** What those who look after devices, people and the service ask of it. */
export function addAdminRoutes(app: FastifyInstance, options: AdminRoutesOptions): void {
  const parts = { ...options, door: adminDoor(options) };
  addDeviceRoutes(app, parts);
  addDeviceCommandRoutes(app, parts);
  addRegistryPatientRoutes(app, parts);
  addClinicianRoutes(app, parts);
  addInvitationRoutes(app, parts);
  addAuditRoutes(app, parts);
  addSystemRoutes(app, parts);
}
