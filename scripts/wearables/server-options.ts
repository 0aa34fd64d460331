import { type Command, InvalidArgumentError, Option } from 'commander';
import { SETTINGS } from '../../src/config/settings.ts';
import { wardId } from '../../src/model/ids.ts';
import {
  DEVICE_SUBPROTOCOLS,
  type DeviceSubprotocol,
  JSON_SUBPROTOCOL,
} from '../../src/protocol/device-codec.ts';
import { argument, settingOption } from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption } from '../ca-passphrase.ts';

/** Where the server and its files are, for the scripts that play wearables. */
export interface WearableServerOptions extends PassphraseOptions {
  readonly server: URL;
  readonly certs: string;
  readonly data: string;
  readonly ward: ReturnType<typeof wardId>;
  readonly enrol: boolean;
  readonly subprotocol: DeviceSubprotocol;
  readonly json?: true;
}

/** An https URL. */
export function httpsUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('give an https URL such as https://localhost:8443');
}

/** A number above 0, at most `most`. */
export function positiveNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value <= most) return value;
    throw new InvalidArgumentError(`give a number above 0 and at most ${most}`);
  };
}

/** Adds the options that replay and simulate share. */
export function wearableServerOptions(command: Command, ward: string): Command {
  return command
    .addOption(
      new Option('--server <url>', 'base of the device listener')
        .argParser(httpsUrl)
        .default(new URL('https://localhost:8443'), 'https://localhost:8443'),
    )
    .addOption(settingOption('--certs <dir>', 'certificates directory', SETTINGS.certs))
    .addOption(
      settingOption('--data <dir>', 'data directory of the server, holds registry.db', SETTINGS.data),
    )
    .addOption(
      new Option('--ward <ward>', 'ward of patients that are enrolled')
        .argParser(argument(wardId))
        .default(wardId(ward)),
    )
    .option('--no-enrol', 'use only devices that are enrolled; default: enrol what is missing')
    .addOption(passphraseFileOption())
    .addOption(
      new Option('--subprotocol <name>', 'encoding on the wire')
        .choices([...DEVICE_SUBPROTOCOLS])
        .default(JSON_SUBPROTOCOL),
    )
    .option('--json', 'no progress; the last line is one JSON object');
}
