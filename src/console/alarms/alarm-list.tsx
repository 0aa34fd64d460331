import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';
import { idsOf, SECTIONS, type Section } from './alarm-layout.ts';
import { AlarmRow } from './alarm-row.tsx';
import { neighbour, rowKey, UNEXPECTED_MS } from './row-keys.ts';
import { useAlarmLayout } from './use-alarm-layout.ts';

/** Every live alarm, section by section: none is ever hidden behind another. @param onHelp somebody asks for the keys */
export function AlarmList({ onHelp }: { onHelp: () => void }) {
  const { ward } = useConsole();
  const list = useRef<HTMLDivElement>(null);
  const { layout, alarm, hold } = useAlarmLayout(
    ward.alarms.value,
    () => list.current?.querySelector('dialog[open]') != null,
  );
  const over = useRef<string | null>(null);
  /** When the page last moved the focus by itself. */
  const moved = useRef(Number.NEGATIVE_INFINITY);
  const [focused, setFocused] = useState<{ id: string; index: number } | null>(null);
  const ids = idsOf(layout);
  // With their sections: a row alone that goes to another one is drawn anew there, and loses the focus all the same.
  const places = SECTIONS.map((section) => layout[section].join(' ')).join();
  const first = focused !== null && ids.includes(focused.id) ? focused.id : ids[0];
  const focus = (id: string | undefined): void => rowOf(list.current, id)?.focus();

  useLayoutEffect(() => {
    // A row that has moved to another place, or is over, leaves the focus to the one that stands there now.
    if (focused === null || document.activeElement !== document.body) return;
    moved.current = performance.now();
    focus(ids[Math.min(focused.index, ids.length - 1)]);
  }, [places]);

  const press = (event: KeyboardEvent): void => {
    const row = event.target;
    const key = rowKey(event);
    // On the row itself: a button in it has keys of its own.
    if (key === null || !(row instanceof HTMLElement) || row.dataset.alarm === undefined) return;
    event.preventDefault();
    if (key.kind === 'help') onHelp();
    else if (key.kind === 'move') focus(neighbour(ids, row.dataset.alarm, key.by));
    else if (performance.now() - moved.current > UNEXPECTED_MS)
      row.querySelector<HTMLElement>(`[data-action="${key.action}"] .button`)?.click();
  };
  const come = (target: EventTarget | null): void => {
    const id = rowIdAt(target);
    if (id !== null && id !== over.current) hold();
    over.current = id;
  };

  if (ids.length === 0) return <p class="alarm-none">{text.alarms.none}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows have the focus; what they have in common stands here
    <div
      ref={list}
      onKeyDown={press}
      onPointerOver={(event) => come(event.target)}
      onPointerDown={hold}
      onFocusIn={(event) => {
        hold();
        const id = rowIdAt(event.target);
        setFocused(id === null ? null : { id, index: ids.indexOf(id) });
      }}
    >
      {SECTIONS.map((section) => (
        <Rows
          key={section}
          section={section}
          rows={layout[section].flatMap((id) => alarm(id) ?? [])}
          tabbed={first}
        />
      ))}
    </div>
  );
}

interface RowsProps {
  readonly section: Section;
  readonly rows: readonly {
    readonly shown: Parameters<typeof AlarmRow>[0]['shown'];
    readonly gone: boolean;
  }[];
  /** Of all rows, the one that Tab goes to. */
  readonly tabbed: string | undefined;
}

function Rows({ section, rows, tabbed }: RowsProps) {
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby={`alarms-${section}`}>
      <h2 id={`alarms-${section}`}>{text.alarms.sections[section](rows.length)}</h2>
      <ul class="alarm-list">
        {rows.map(({ shown, gone }) => (
          <AlarmRow
            key={shown.alarm.id}
            shown={shown}
            gone={gone}
            tabIndex={shown.alarm.id === tabbed ? 0 : -1}
          />
        ))}
      </ul>
    </section>
  );
}

function rowIdAt(target: EventTarget | null): string | null {
  if (!(target instanceof Element)) return null;
  return target.closest<HTMLElement>('[data-alarm]')?.dataset.alarm ?? null;
}

function rowOf(list: HTMLElement | null, id: string | undefined): HTMLElement | undefined {
  if (list === null || id === undefined) return undefined;
  return [...list.querySelectorAll<HTMLElement>('[data-alarm]')].find((row) => row.dataset.alarm === id);
}
