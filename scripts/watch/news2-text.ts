import type { ShownNews2 } from '../../src/protocol/observation-fields.ts';

/** A score, or what it lacks, for people. */
export function news2Text({ kind, score, trigger, lacks = [] }: ShownNews2): string {
  switch (kind) {
    case 'score':
      return `${score} (${(trigger ?? 'none').replaceAll('_', ' ')})`;
    case 'partial':
      return `partial: lacks ${lacks.map((name) => name.replaceAll('_', ' ')).join(', ')}`;
    case 'off':
      return 'not scored';
  }
}

/** The same in a column: the number, or that there is none. */
export function news2Cell({ kind, score }: ShownNews2): string {
  return kind === 'score' ? String(score) : kind === 'partial' ? 'partial' : '';
}
