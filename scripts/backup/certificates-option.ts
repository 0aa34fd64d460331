import { Option } from 'commander';
import { SETTINGS } from '../../src/config/settings.ts';

/** `--certs [dir]`: with the certificates directory, or another one. */
export function certificatesOption(description: string): Option {
  return new Option('--certs [dir]', `${description} (${SETTINGS.certs.key}, or dir)`);
}
