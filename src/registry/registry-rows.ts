import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';
import type { ConsoleSession, Invitation } from '../model/console-session.ts';
import type { ClinicianId, DeviceId, GrantId, PatientId } from '../model/ids.ts';
import type { LimitOverride } from '../model/limit-override.ts';
import type {
  AccessGrant,
  Assignment,
  Clinician,
  Device,
  DeviceCertificate,
  Patient,
} from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';
import { checkLimits, targetOfColumns } from './limit-checks.ts';
import {
  checkAssignment,
  checkCertificate,
  checkClinician,
  checkDevice,
  checkGrant,
  checkPatient,
  checkShelf,
} from './registry-checks.ts';
import type { RegistryEntry } from './registry-memory.ts';
import { checkInvitation, checkSession } from './session-checks.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** Rows above a revision: what could be read, in the order it was written, and what could not. */
export interface RegistryRows {
  readonly entries: readonly RegistryEntry[];
  readonly corrupt: readonly CodedError[];
  /** The newest revision there is. */
  readonly revision: number;
}

/** How each table's rows become entries. The casts are safe because the checks look at every field again. */
const DECODERS: Readonly<Record<string, (row: Row) => RegistryEntry>> = {
  devices: (row) => ({ kind: 'device', value: checkDevice(row as unknown as Device) }),
  certificates: (row) => ({
    kind: 'certificate',
    value: checkCertificate({
      ...row,
      ended: row.ended_at === null ? null : { at: row.ended_at, reason: row.ended_reason },
    } as unknown as DeviceCertificate),
  }),
  patients: (row) => ({ kind: 'patient', value: checkPatient(row as unknown as Patient) }),
  assignments: (row) => ({
    kind: 'assignment',
    value: checkAssignment({
      device: row.device as DeviceId,
      patient: row.patient as PatientId,
      from: row.from_ms as number,
      to: row.to_ms as number | null,
    } satisfies Assignment),
  }),
  clinicians: (row) => ({
    kind: 'clinician',
    value: checkClinician({
      ...row,
      wards: JSON.parse(String(row.wards)),
      patients: JSON.parse(String(row.patients)),
      active: row.active === 1,
    } as unknown as Clinician),
  }),
  access_grants: (row) => ({
    kind: 'grant',
    value: checkGrant({
      id: row.id as GrantId,
      clinician: row.clinician as ClinicianId,
      patient: row.patient as PatientId,
      reason: row.reason as string,
      from: row.from_ms as number,
      until: row.until_ms as number,
    } satisfies AccessGrant),
  }),
  limits: (row) => ({
    kind: 'limits',
    value: checkLimits({
      ...row,
      ...targetOfColumns(row.vital, row.direction),
      scope: { kind: row.scope_kind, ward: row.scope_id, patient: row.scope_id },
      tiers: JSON.parse(String(row.tiers)),
    } as unknown as LimitOverride),
  }),
  shelves: (row) => ({
    kind: 'shelf',
    value: checkShelf({
      ...row,
      by: row.shelved_by,
      from: row.from_ms,
      until: row.until_ms,
    } as unknown as Shelf),
  }),
  console_sessions: (row) => ({
    kind: 'session',
    value: checkSession({
      ...row,
      scope:
        row.wards === null || row.patients === null
          ? null
          : { wards: JSON.parse(String(row.wards)), patients: JSON.parse(String(row.patients)) },
      from: row.from_ms,
      until: row.until_ms,
      ended: row.ended_at === null ? null : { at: row.ended_at, reason: row.ended_reason },
    } as unknown as ConsoleSession),
  }),
  invitations: (row) => ({
    kind: 'invitation',
    value: checkInvitation({ ...row, from: row.from_ms, until: row.until_ms } as unknown as Invitation),
  }),
};

/** Prepares the read of everything above a revision. The caller holds a transaction, so that it is one state. */
export function prepareRows(database: DatabaseSync): (after: number) => RegistryRows {
  const newest = database.prepare('SELECT value FROM revision');
  const tables = Object.entries(DECODERS).map(([table, decode]) => ({
    table,
    decode,
    rows: database.prepare(`SELECT * FROM ${table} WHERE revision > ? ORDER BY revision`),
  }));
  return (after) => {
    const found: { entry: RegistryEntry; revision: number }[] = [];
    const corrupt: CodedError[] = [];
    for (const { table, decode, rows } of tables) {
      for (const row of rows.iterate(after)) {
        try {
          found.push({ entry: decode(row), revision: Number(row.revision) });
        } catch (cause) {
          corrupt.push(corruptRow(table, row, cause));
        }
      }
    }
    found.sort((a, b) => a.revision - b.revision);
    return { entries: found.map(({ entry }) => entry), corrupt, revision: Number(newest.get()?.value) };
  };
}

function corruptRow(table: string, row: Row, cause: unknown): CodedError {
  const key =
    row.id ??
    row.thumbprint ??
    row.device ??
    row.code_hash ??
    `${row.scope_kind}:${row.scope_id}:${row.vital}`;
  return new CodedError(
    'registry_corrupt',
    `${table} entry ${JSON.stringify(key)} of the registry cannot be read: write it again with the admin scripts, or restore a backup`,
    { cause, details: { table, key } },
  );
}
