import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type PatientId, patientId, type WardId, wardId } from '../../src/model/ids.ts';
import type { LimitScope } from '../../src/model/limit-override.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { type AdminOptions, argument } from '../admin-command.ts';

export interface ScopeOptions extends AdminOptions {
  readonly default?: true;
  readonly ward?: WardId;
  readonly patient?: PatientId;
}

/** Adds the options that say for whom. */
export function withScopeOptions(command: Command): Command {
  return command
    .option('--patient <id>', 'for this patient', argument(patientId))
    .option('--ward <ward>', 'for this ward', argument(wardId))
    .option('--default', 'for everyone');
}

/** For whom; null: nobody was named. @throws CodedError `scope_ambiguous`, `unknown_patient` */
export function scopeOf(
  registry: Registry,
  { patient, ward, default: all }: ScopeOptions,
): LimitScope | null {
  const named: LimitScope[] = [];
  if (patient !== undefined) named.push({ kind: 'patient', patient });
  if (ward !== undefined) named.push({ kind: 'ward', ward });
  if (all) named.push({ kind: 'default' });
  if (named.length > 1) throw ambiguous('more than one of');
  if (patient !== undefined && registry.patient(patient) === undefined) {
    throw new CodedError(
      'unknown_patient',
      `--patient "${patient}" is not registered: add it first with "npm run patient -- add ${patient} --ward <ward>"`,
    );
  }
  return named[0] ?? null;
}

/** As `scopeOf`, for a command that needs one. @throws CodedError `scope_ambiguous`, `unknown_patient` */
export function requiredScope(registry: Registry, options: ScopeOptions): LimitScope {
  const scope = scopeOf(registry, options);
  if (scope === null) throw ambiguous('none of');
  return scope;
}

function ambiguous(which: string): CodedError {
  return new CodedError('scope_ambiguous', `${which} --patient, --ward and --default given: name one`);
}

/** Whose limits a scope's are: what inheritance goes by. */
export function subjectOfScope(
  registry: Registry,
  scope: LimitScope,
): { readonly patient: PatientId | null; readonly ward: WardId | null } {
  switch (scope.kind) {
    case 'default':
      return { patient: null, ward: null };
    case 'ward':
      return { patient: null, ward: scope.ward };
    case 'patient':
      return { patient: scope.patient, ward: registry.patient(scope.patient)?.ward ?? null };
  }
}
