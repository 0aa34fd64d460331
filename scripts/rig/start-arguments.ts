import { readFileSync } from 'node:fs';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** What `npm start` gives to Node before the server's file, so that what is measured is what is run. @param manifest package.json */
export function startArguments(manifest = readFileSync(PACKAGE, 'utf8')): readonly string[] {
  const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } };
  const [, given = ''] = /^(?:.* && )?exec node (.*?)\s*src\/main\.ts$/.exec(scripts.start) ?? [];
  return given.split(' ').filter((argument) => argument !== '');
}
