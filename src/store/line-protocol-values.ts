import { CodedError } from '../core/coded-error.ts';

/** Values of line protocol, escaped. */

const TAG_SPECIAL = /[,= ]/g;
/** No version can hold these in a tag: a line break ends the line, and a final backslash escapes what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const TAG_IMPOSSIBLE = /[\u0000-\u001f\u007f]|\\$|^$/;

/** A tag value, escaped. @throws CodedError `unrepresentable_point` */
export function tagValue(text: string): string {
  if (TAG_IMPOSSIBLE.test(text)) {
    throw new CodedError(
      'unrepresentable_point',
      `tag value ${JSON.stringify(text)} cannot be written in line protocol: it is empty, has a control character, or ends in a backslash`,
    );
  }
  return text.replace(TAG_SPECIAL, '\\$&');
}

/** A string field value with its quotes. */
export function stringField(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A float field: no `i` behind its value, so that a whole number never makes the field an integer.
 * @throws CodedError `unrepresentable_point`
 */
export function floatField(name: string, value: number): string {
  if (Number.isFinite(value)) return `${name}=${value}`;
  throw new CodedError(
    'unrepresentable_point',
    `${name} is ${value}: line protocol holds finite numbers only`,
    { details: { field: name } },
  );
}
