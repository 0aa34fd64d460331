import { Option } from 'commander';
import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { argument } from './admin-command.ts';

/** Base URL of the revocation lists that stands in what is issued; undefined: as the server's settings say. */
export interface CrlUrlOptions {
  readonly crlUrl?: string;
}

export function crlUrlOption(): Option {
  const { crlUrl } = SETTINGS;
  return new Option(
    '--crl-url <url>',
    `where the revocation lists are published, below it <authority>.crl (default: ${crlUrl.key}, else ${crlUrl.default})`,
  ).argParser(
    argument((text) => {
      const url = crlUrl.parse(text);
      if (url === null) throw new CodedError('invalid_crl_url', `give ${crlUrl.allowed}`);
      return url;
    }),
  );
}

/** The base URL that holds for this command. @throws ConfigError for a wrong setting in the environment */
export function crlUrlOf(options: CrlUrlOptions): string {
  return options.crlUrl ?? read(process.env, SETTINGS.crlUrl);
}
