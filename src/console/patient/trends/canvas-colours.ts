/** Colours of theme/tokens.css and theme/patient.css that charts are drawn with. */
const NAMES = {
  text: '--text',
  quiet: '--text-quiet',
  grid: '--line-faint',
  surface: '--surface',
  first: '--trend-first',
  second: '--trend-second',
  third: '--trend-third',
  high: '--high',
  medium: '--medium',
  low: '--low',
  technical: '--technical',
} as const;

export type CanvasColours = Readonly<Record<keyof typeof NAMES, string>>;

/** The colours as they are now. A canvas knows no custom properties, and `light-dark()` is settled only where it is used. */
export function canvasColours(host: HTMLElement): CanvasColours {
  const probe = document.createElement('span');
  host.append(probe);
  const entries = Object.entries(NAMES).map(([name, property]) => {
    probe.style.color = `var(${property})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as CanvasColours;
}

/** Calls `listener` whenever colours may be others: another choice of the person, or of their system. */
export function onThemeChange(listener: () => void): Disposable {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', listener);
  const chosen = new MutationObserver(listener);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return {
    [Symbol.dispose]: () => {
      system.removeEventListener('change', listener);
      chosen.disconnect();
    },
  };
}
