import type { Role } from '../../model/people.ts';

/** Where the parts of the administration are, in the order of the navigation. */
export const SECTIONS = {
  system: '/admin',
  devices: '/admin/devices',
  patients: '/admin/patients',
  people: '/admin/people',
  sessions: '/admin/sessions',
  audit: '/admin/audit',
} as const;
export type Section = keyof typeof SECTIONS;

const EVERY = Object.keys(SECTIONS) as readonly Section[];
/** What a charge nurse may read (docs/protocol.md, REST). */
const READ_BY_CHARGE: readonly Section[] = ['devices', 'patients'];

/** What is offered to a role, the first of it first. */
export function sectionsOf(role: Role): readonly Section[] {
  if (role === 'admin') return EVERY;
  return role === 'charge' ? READ_BY_CHARGE : [];
}

/** Whether the part, or something within it, is what the path names. */
export function isWithin(section: Section, path: string): boolean {
  const root = SECTIONS[section];
  return path === root || (section !== 'system' && path.startsWith(`${root}/`));
}
