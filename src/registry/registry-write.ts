import type { SQLInputValue } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';

export interface Statement {
  readonly sql: string;
  readonly values: SQLInputValue[];
}

/** A checked change: given the revision it is written under, the statements and their values. */
export type RegistryWrite = (revision: number) => readonly Statement[];

export function unknown(
  kind: 'device' | 'certificate' | 'patient' | 'grant' | 'shelf' | 'session',
  id: string,
): CodedError {
  return new CodedError(
    `unknown_${kind}`,
    `${kind} ${JSON.stringify(id)} is not in the registry: add it first`,
  );
}

export function exists(kind: string, id: string): CodedError {
  return new CodedError('already_exists', `${kind} ${JSON.stringify(id)} is already in the registry`);
}

export function revoked(kind: string, id: string): CodedError {
  return new CodedError('revoked', `${kind} ${id} is revoked for good: issue a new one`);
}
