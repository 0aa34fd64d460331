import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';
import { type CasesResult, type FuzzResult, findingsOf, type TargetResult } from './fuzz-result.ts';
import type { TargetProgress } from './run-target.ts';

const BAR = 24;
const MIB = 2 ** 20;
/** Reasons of refusal that are shown; the rest is in `--json`. */
const SHOWN_REASONS = 6;
const SHOWN_FINDINGS = 10;

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One line that tells how far a target is. */
export function describeProgress({ target, frames, of, seconds, findings }: TargetProgress): string {
  const done = Math.min(1, frames / of);
  const bar = '#'.repeat(Math.round(done * BAR)).padEnd(BAR, '.');
  const rate = seconds > 0 ? frames / seconds : 0;
  return `${target} [${bar}] ${Math.floor(done * 100)}% ${grouped(frames)} frames, ${grouped(rate)}/s, ${counted(findings, 'finding')}`;
}

const targetColumns = [
  { heading: 'TARGET', value: ({ target }: TargetResult) => target },
  { heading: 'FRAMES', value: ({ frames }: TargetResult) => grouped(frames) },
  { heading: 'MB', value: ({ bytes }: TargetResult) => grouped(bytes / 1e6) },
  { heading: 'SECONDS', value: ({ seconds }: TargetResult) => seconds.toFixed(1) },
  { heading: 'FRAMES/S', value: ({ frames, seconds }: TargetResult) => grouped(frames / seconds) },
  { heading: 'ACCEPTED', value: ({ accepted }: TargetResult) => grouped(accepted) },
  {
    heading: 'SLOWEST',
    value: ({ slowest }: TargetResult) => `${slowest.ms.toFixed(1)} ms (${grouped(slowest.bytes)} B)`,
  },
  { heading: 'HEAP', value: ({ heap }: TargetResult) => `${((heap.end - heap.start) / MIB).toFixed(1)} MiB` },
  { heading: 'FINDINGS', value: ({ findings }: TargetResult) => String(findings.length) },
];

const casesColumns = [
  { heading: 'CASES', value: ({ directory }: CasesResult) => directory },
  { heading: 'FILES', value: ({ files }: CasesResult) => String(files) },
  { heading: 'MUST READ', value: ({ mustAccept }: CasesResult) => String(mustAccept) },
  { heading: 'MUST REFUSE', value: ({ mustRefuse }: CasesResult) => String(mustRefuse) },
  {
    heading: 'EITHER',
    value: ({ either, eitherAccepted }: CasesResult) => `${either} (${eitherAccepted} read)`,
  },
  { heading: 'FINDINGS', value: ({ findings }: CasesResult) => String(findings.length) },
];

function reasons({ target, refused }: TargetResult): string {
  const most = Object.entries(refused).sort(([, a], [, b]) => b - a);
  const shown = most.slice(0, SHOWN_REASONS).map(([why, count]) => `${why} ${grouped(count)}`);
  return `  ${target}: ${[...shown, ...(most.length > SHOWN_REASONS ? ['...'] : [])].join(', ')}`;
}

/** The run as a person reads it: a line a target, why frames were refused, and what was found. */
export function describeFuzz(result: FuzzResult): string {
  const { targets, cases, seed } = result;
  const found = [
    ...targets.flatMap(({ target, findings }) =>
      findings
        .slice(0, SHOWN_FINDINGS)
        .map(
          ({ kind, message, file, index, again }) =>
            `  ${target} ${kind}: ${message}\n    case ${index ?? '-'}, kept in ${file}${again ? '' : ' (not shown by this case alone)'}`,
        ),
    ),
    ...cases.flatMap(({ findings }) =>
      findings.slice(0, SHOWN_FINDINGS).map(({ file, message }) => `  ${file}: ${message}`),
    ),
  ];
  const count = findingsOf(result);
  const verdict =
    count === 0 ? `Held, seed ${seed}.` : `Did NOT hold, seed ${seed}: ${counted(count, 'finding')}.`;
  return [
    ...(targets.length > 0
      ? [formatTable(targetColumns, targets), 'Refused frames, ended sessions:', ...targets.map(reasons), '']
      : []),
    ...(cases.length > 0 ? [formatTable(casesColumns, cases)] : []),
    [verdict, ...found].join('\n'),
    '',
  ].join('\n');
}
