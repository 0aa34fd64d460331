import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from './setting.ts';

/** The process's environment over what `.env` in `directory` says; the file need not be there. */
export function readEnvironment(directory: string, processEnvironment: Environment): Environment {
  let file = '';
  try {
    file = readFileSync(`${directory}/.env`, 'utf8');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
  return { ...parseEnv(file), ...processEnvironment };
}
