/**
 * The code of an invitation link (`/sign-in#<code>`), which is taken out of the address at once: it is in no history, and no
 * reload tries it again. Null: the address has none.
 */
export function takeInvitation(location: Location, history: History): string | null {
  if (location.pathname !== '/sign-in' || location.hash.length < 2) return null;
  const code = location.hash.slice(1);
  history.replaceState(null, '', '/sign-in');
  return code;
}
