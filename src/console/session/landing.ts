/** Where to go after signing in: the path that was asked for, if it is one of this page's. */
export function landingPath(search: string): string {
  const asked = new URLSearchParams(search).get('return') ?? '/';
  // A path, not another host: `//host` and `/\host` are URLs of their own.
  return /^\/(?![/\\])/.test(asked) && !asked.startsWith('/sign-in') ? asked : '/';
}
