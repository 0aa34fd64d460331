import { readFileSync } from 'node:fs';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** What `npm start` gives to Node before the server's file, so that what is measured is what is run. */
export function startArguments(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  const [, given = ''] = /^exec node (.*?)\s*src\/main\.ts$/.exec(scripts.start) ?? [];
  return given.split(' ').filter((argument) => argument !== '');
}
