import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { writeCredential } from '../../src/identity/credential-file.ts';
import type { BulkOutcome } from './bulk-enrolment.ts';
import { instant } from './describe.ts';

/**
 * To be called before anything is issued: it would be a pity to find out afterwards.
 * @throws CodedError `manifest_unwritable`
 */
export async function refuseUnwritableManifest(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new CodedError(
      'manifest_unwritable',
      `the manifest ${path} cannot be written (${codeOf(cause)}): name a file in a directory that is there with --out`,
      { cause },
    );
  }
}

/**
 * Writes what became of every row as JSON lines, by line of the file; a reader sees the former manifest or this one,
 * whole. It follows from the rows and the registry, so that a run that completes an interrupted one writes all of it.
 */
export async function writeManifest(path: string, outcomes: readonly BulkOutcome[]): Promise<void> {
  const entries = outcomes.map(manifestEntry).sort((a, b) => a.line - b.line);
  // It says who wears what: for its owner alone.
  await writeCredential(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), 'private');
}

function manifestEntry(outcome: BulkOutcome) {
  if (outcome.status === 'failed') {
    const { line, id, code, message } = outcome.fault;
    return { line, id, status: outcome.status, code, message };
  }
  const { status, row, certificate, directory } = outcome;
  return {
    line: row.line,
    id: row.id,
    patient: row.patient,
    status,
    serial: certificate.serial,
    thumbprint: certificate.thumbprint,
    not_after: instant(certificate.not_after),
    directory,
  };
}
