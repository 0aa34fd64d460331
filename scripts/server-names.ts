import { Option } from 'commander';
import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { LOCAL_SERVER_NAMES } from '../src/identity/server-credentials.ts';
import { serverGeneralName } from '../src/pki/extension.ts';
import { argumentList } from './admin-command.ts';

/** An option for the names of a server certificate, each checked. */
export function serverNameOption(flags: string, otherwise?: string): Option {
  const fallback = otherwise ?? `${SETTINGS.serverNames.key}, else ${LOCAL_SERVER_NAMES.join(', ')}`;
  return new Option(
    flags,
    `name or address the server goes by, may be repeated (default: ${fallback})`,
  ).argParser(
    argumentList((text) => {
      serverGeneralName(text);
      return text;
    }),
  );
}

/** The names that the settings say, if they say any. @throws ConfigError */
export function namesFromEnvironment(): readonly string[] | null {
  const { serverNames } = SETTINGS;
  return process.env[serverNames.key] ? read(process.env, serverNames) : null;
}
