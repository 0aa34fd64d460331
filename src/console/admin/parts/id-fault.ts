import { ID_PATTERN } from '../../../model/ids.ts';
import { text } from '../../text/text.ts';

const pattern = new RegExp(ID_PATTERN);

/** What is wrong with an id, in words; undefined: nothing. */
export function idFault(id: string): string | undefined {
  if (id.trim() === '') return text.admin.faults.empty;
  return pattern.test(id.trim()) ? undefined : text.admin.faults.id(id.trim());
}
