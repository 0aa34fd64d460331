import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { runScript } from './admin-scripts.ts';
import { auditAt } from './audit.ts';
import { runTool, type ToolResult } from './external-tool.ts';

export interface ScriptRun extends ToolResult {
  // biome-ignore lint/suspicious/noExplicitAny: what a command answers is what its test says it is
  readonly json: any;
}

/** Runs a command line in `cwd` and checks what holds for all: the exit code, no key shown, errors in lines without stack. */
export async function runCommand(
  t: Test,
  cwd: string,
  code: number,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptRun> {
  const [name = '', ...args] = line.split(' ');
  const result = await runScript(cwd, name, args, env);
  t.equal(result.code, code, `${line}: ${result.stderr}`);
  for (const output of [result.stdout, result.stderr]) {
    refuseKeys(t, output, line);
    t.notMatch(output, /\n\s+at |node:internal/, `${line} shows no stack`);
  }
  const json = line.includes('--json') && result.stdout !== '' ? JSON.parse(result.stdout) : undefined;
  return { ...result, json };
}

const KEY_FILES = /\.key$|token-key\.json$/;

function refuseKeys(t: Test, output: string, what: string): void {
  t.notMatch(output, /PRIVATE KEY|"d":/, `${what} shows no key`);
}

/** Checks that no line of any private key below `directory` stands in `outputs`. */
export function refuseKeysOf(t: Test, directory: string, outputs: readonly string[]): void {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const lines = files
    .filter((file) => KEY_FILES.test(file))
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n').slice(1, -2));
  const secrets = lines.filter((line) => /^[A-Za-z0-9+/=]{40,64}$/.test(line));
  t.ok(secrets.length > 0, 'there are keys to look for');
  const all = outputs.join('\n');
  t.notOk(
    secrets.some((secret) => all.includes(secret)),
    'no line of a key',
  );
  refuseKeys(t, all, 'all of it');
}

/** `openssl verify` as strict as it can be, with every published list and only the authorities of this directory. */
export async function verifyStrictly(
  cwd: string,
  certificate: string,
  purpose: 'sslclient' | 'sslserver' = 'sslclient',
): Promise<ToolResult> {
  const certs = join(cwd, 'certs');
  const lists = readdirSync(join(certs, 'crl')).map((file) => {
    const der =
      readFileSync(join(certs, 'crl', file))
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return `-----BEGIN X509 CRL-----\n${der.join('\n')}\n-----END X509 CRL-----\n`;
  });
  const bundle = join(cwd, 'lists.pem');
  writeFileSync(bundle, lists.join(''));
  return runTool(
    'openssl',
    [
      ...['verify', '-x509_strict', '-crl_check_all', '-purpose', purpose],
      ...['-CAfile', 'certs/root-ca.crt', '-CRLfile', bundle],
      ...['-untrusted', certificate, certificate],
    ],
    { cwd },
  );
}

/** The actions on record in `cwd`, in order, with their subjects; the chain must be whole. */
export function onRecord(t: Test, cwd: string): readonly string[] {
  const { entries, verdict } = auditAt(join(cwd, 'var/audit.db'));
  t.match(verdict, { ok: true }, 'the chain is whole');
  return entries.map(({ action, subject }) => `${action} ${subject}`);
}
