import { returnPath } from '../../protocol/return-path.ts';

/** Where to go after signing in: the path that was asked for, if it is one of this page's. */
export function landingPath(search: string): string {
  return returnPath(new URLSearchParams(search).get('return') ?? '/');
}
