import { en } from './en.ts';

/** What a translation must be of: the same keys, strings for strings, sentences for sentences. */
type Translated<Part> = Part extends string
  ? string
  : Part extends (...parts: infer Parts) => string
    ? (...parts: Parts) => string
    : { readonly [Key in keyof Part]: Translated<Part[Key]> };

export type Catalogue = Translated<typeof en>;

/** The words of the page. A further language is a file beside `en.ts`, chosen here by `navigator.language`. */
export const text: Catalogue = en;
