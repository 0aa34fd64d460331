import { counted } from '../counted.ts';
import type { PublishedList } from './publish-lists.ts';

/** A line for people about each list: what became of it, and what is in place. */
export function listLines(lists: readonly PublishedList[]): readonly string[] {
  return lists.map((list) => {
    const { authority, state, key_id, outcome, why, number, entries, next_update } = list;
    const inPlace =
      number === null || next_update === null
        ? 'there is none'
        : `number ${number}, ${counted(entries ?? 0, 'entry', 'entries')}, until ${new Date(next_update).toISOString()}`;
    const name = `${authority} ${key_id}${state === 'current' ? '' : ` (${state})`}`;
    if (outcome === 'not_published') return `${name}: not published: ${why}. In place: ${inPlace}.`;
    return `${name}: ${outcome}, ${inPlace}, ${list.file}`;
  });
}
