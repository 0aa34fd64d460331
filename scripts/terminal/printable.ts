/** Control characters, halves of characters, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** For text of which a part was read from a file, or said by a server: nothing of it is to speak to the terminal. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\u{fffd}');
}
