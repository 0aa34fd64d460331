import { Option } from 'commander';
import type { KeyAlgorithm } from '../src/pki/key-pair.ts';

export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['ec-p256', 'rsa-3072'];

export function keyOption(): Option {
  return new Option('--key <algorithm>', 'the keys that are made').choices(KEY_ALGORITHMS).default('ec-p256');
}
