/** How long an invitation may hold. */
export const INVITATION_MINUTES = { least: 1, most: 1_440, usual: 15 } as const;

/** Typed minutes; null: an invitation cannot hold so long. */
export function minutesOf(typed: string): number | null {
  if (!/^\s*\d{1,4}\s*$/.test(typed)) return null;
  const minutes = Number(typed);
  const { least, most } = INVITATION_MINUTES;
  return minutes >= least && minutes <= most ? minutes : null;
}

/** The link as a person opens it: a server that does not know its own name leaves that out. @param origin of this page */
export function invitationLink(link: string, origin: string): string {
  return new URL(link, origin).href;
}
