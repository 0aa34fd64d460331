import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';
import type { AttackCounts } from './attack-counts.ts';
import { type AttackResult, type CutOffCounts, faultsOf } from './attack-result.ts';
import type { ClassCounts } from './tally.ts';

type Row = readonly [kind: string, name: string, counts: ClassCounts];

const SHOWN_REASONS = 3;
const REASON_LENGTH = 40;

/** The result as a person reads it: one table, then what does not fit in it, then the verdict. */
export function describeAttack(result: AttackResult): string {
  const rows: readonly Row[] = (['certificates', 'tokens'] as const).flatMap((kind) =>
    Object.entries(result[kind].classes).map(([name, counts]): Row => [kind.slice(0, -1), name, counts]),
  );
  const table = formatTable<Row>(
    [
      { heading: 'WHAT', value: ([kind]) => kind },
      { heading: 'CLASS', value: ([, name]) => name },
      { heading: 'TRIED', value: ([, , { tried }]) => String(tried) },
      { heading: 'ACCEPTED', value: ([, , { accepted }]) => String(accepted) },
      { heading: 'CRASHED', value: ([, , { crashed }]) => String(crashed) },
      { heading: 'NOT SENT', value: ([, , { not_sent }]) => String(not_sent) },
      { heading: 'LOGGED', value: ([, , { reasons }]) => reasonsOf(reasons) },
    ],
    rows,
  );
  const faults = faultsOf(result);
  const { server, seed, seconds } = result;
  return [
    table,
    ...lines(result).map((line) => `${line}\n`),
    ...findingsOf(result).map((line) => `  ${line}\n`),
    faults.length === 0
      ? `The server held: seed ${seed}, ${seconds} s, ${counted(server.crashed, 'crash', 'crashes')}.\n`
      : `The server did NOT hold (seed ${seed}, ${seconds} s):\n${faults.map((fault) => `  ${fault}\n`).join('')}`,
  ].join('');
}

function reasonsOf(reasons: Readonly<Record<string, number>>): string {
  const all = Object.keys(reasons);
  const shown = all.slice(0, SHOWN_REASONS).map((reason) => reason.slice(0, REASON_LENGTH));
  return `${shown.join(', ')}${all.length > SHOWN_REASONS ? ', ...' : ''}`;
}

function lines(result: AttackResult): readonly string[] {
  const { certificates, tokens, vectors, revocation, expiry, flood } = result;
  return [
    sumOf('Certificates', certificates),
    sumOf('Tokens', tokens),
    ...(vectors
      ? [
          `Vectors: ${vectors.vectors} of ${counted(vectors.files, 'file')}, ${vectors.refused} refused and ${vectors.accepted} accepted as they should be, ${vectors.wrongly_accepted} wrongly accepted, ${vectors.wrongly_refused} wrongly refused`,
          ...Object.entries(vectors.not_applicable).map(
            ([reason, count]) => `  ${count} valid ones refused because of ${reason}`,
          ),
          ...vectors.findings.map(({ vector, verdict }) => `  ${verdict}: ${vector}`),
        ]
      : []),
    cutOff('Revoked while streaming', revocation),
    cutOff('Token expired while streaming', expiry),
    ...Object.entries(flood?.kinds ?? {}).map(
      ([name, { opened, closed, max_ms }]) =>
        `Sockets, ${name}: ${opened} opened, ${closed} closed by the server, the last after ${max_ms} ms`,
    ),
    ...(flood
      ? [
          `A good device beside them: ${flood.good.sent} frames sent, ${flood.good.acked} acked, p50 ${flood.good.ack_p50_ms} ms, p99 ${flood.good.ack_p99_ms} ms`,
        ]
      : []),
  ];
}

function sumOf(
  what: string,
  { tried, accepted, crashed, not_sent, classes, controls }: AttackCounts,
): string {
  const of = counted(Object.keys(classes).length, 'class', 'classes');
  return `${what}: ${tried} bad ones of ${of}, ${accepted} accepted, ${crashed} crashed, ${not_sent} not sent; ${controls.tried} good ones, ${controls.accepted} accepted`;
}

function cutOff(what: string, { trials, p50_ms, max_ms, stored_after }: CutOffCounts): string {
  return `${what}: ${counted(trials, 'trial')}, closed after p50 ${p50_ms} ms, max ${max_ms} ms; ${stored_after} samples stored after it`;
}

function findingsOf({ certificates, tokens }: AttackResult): readonly string[] {
  return [...certificates.findings, ...tokens.findings].map(
    ({ class: name, variant, door, outcome, detail }) =>
      `${outcome}: ${name} (${variant}) at ${door}: ${detail}`,
  );
}
