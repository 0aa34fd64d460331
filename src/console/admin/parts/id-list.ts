import { text } from '../../text/text.ts';
import { idFault } from './id-fault.ts';

/** Ids as they were typed, apart by commas, blanks or lines; each once. */
export function idList(typed: string): readonly string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((id) => id !== ''))];
}

/** What is wrong with a typed list of ids, in words; undefined: nothing. @param most that the server takes */
export function idListFault(typed: string, most: number): string | undefined {
  const ids = idList(typed);
  if (ids.length > most) return text.admin.faults.too_many(ids.length, most);
  return ids.map(idFault).find((fault) => fault !== undefined);
}
