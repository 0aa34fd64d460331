import type { DoorAudit } from '../observe/audit-doors.ts';

/** What the feed tells the audit trail: whom it turned away, what it did, and what it waits to be on record. */
export type FeedAudit = Pick<DoorAudit, 'denied' | 'acted' | 'trail'>;
