import type { ComponentChildren } from 'preact';

/** A table that scrolls sideways where it does not fit, also by the arrow keys. @param label what it is a table of */
export function Scrolls({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <section class="scrolls" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
