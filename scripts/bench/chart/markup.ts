const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const SHUT = new Set(['meta']);

/** Text as it may stand in HTML and in SVG, within elements and within quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** What is markup already, apart from text: so nothing gets into a page unescaped by mistake. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Content = string | Markup | null;
export type Attributes = Readonly<Record<string, string | number | null>>;

/** One element; strings in it and in its attributes are escaped, numbers are coordinates, null is left out. */
export function element(name: string, attributes: Attributes, ...content: readonly Content[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? coordinate(value) : escapeText(value ?? '')}"`,
    );
  const inside = content.map((one) => (one instanceof Markup ? one.source : escapeText(one ?? '')));
  const end = SHUT.has(name) ? '' : `${inside.join('')}</${name}>`;
  return new Markup(`<${name}${written.join('')}>${end}`);
}

/** Several, one after the other. */
export function together(parts: readonly Content[]): Markup {
  return new Markup(
    parts.map((one) => (one instanceof Markup ? one.source : escapeText(one ?? ''))).join('\n'),
  );
}

/** Tenths of a unit: finer than any eye. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
