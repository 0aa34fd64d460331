import { useState } from 'preact/hooks';
import { text } from '../text/text.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'vitalwire.theme';
/** What theme/tokens.css looks at. */
const ATTRIBUTE = 'data-theme';

function isTheme(name: string | null): name is Theme {
  return THEMES.some((theme) => theme === name);
}

/** What was chosen on this machine before. */
export function chosenTheme(storage: Storage): Theme {
  const chosen = storage.getItem(KEY);
  return isTheme(chosen) ? chosen : 'system';
}

/** Colours of the whole page; `system` leaves them to `prefers-color-scheme`. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute(ATTRIBUTE);
  else document.documentElement.setAttribute(ATTRIBUTE, theme);
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme(localStorage));
  const choose = (name: string): void => {
    if (!isTheme(name)) return;
    localStorage.setItem(KEY, name);
    applyTheme(name);
    setTheme(name);
  };
  return (
    <label class="theme-choice">
      <span class="hidden">{text.shell.theme.label}</span>
      <select value={theme} onChange={(event) => choose(event.currentTarget.value)}>
        {THEMES.map((name) => (
          <option value={name} key={name}>
            {text.shell.theme[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
