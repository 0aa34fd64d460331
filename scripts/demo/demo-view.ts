import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { counted } from '../counted.ts';
import { eventLine } from '../watch/event-line.ts';
import { Screen } from '../watch/screen.ts';
import { WardState } from '../watch/ward-state.ts';
import { wardTable } from '../watch/ward-table.ts';
import { ProgressLine } from '../wearables/progress-line.ts';
import type { ConsoleLink, DemoView, Progress } from './run-demo.ts';

const WHO = { charge: 'as a charge nurse', admin: 'as an administrator', clinician: 'as a nurse' } as const;

/** Where the page is: a browser warns of the certificate, which is of the demo's own authority. */
function consoleLines(links: readonly ConsoleLink[]): string[] {
  return links.map(({ role, url }) => `Console ${WHO[role]} (works once): ${url}`);
}

/** A progress line while things are made ready, then the ward as a clinician sees it. */
function tableView(out: NodeJS.WriteStream): DemoView & Disposable {
  const line = new ProgressLine(out, true);
  const ward = new WardState();
  let screen: Screen | null = null;
  let head: readonly string[] = [];
  return {
    preparing: (step) => line.show(step),
    ready(links) {
      head = consoleLines(links);
    },
    frame(frame) {
      ward.connected();
      if (frame.type === 'snapshot') ward.snapshot(frame);
      if (frame.type === 'vitals') ward.vitals(frame);
      if (frame.type === 'alarm') ward.alarm(frame);
      if (frame.type === 'presence') ward.presence(frame);
    },
    tick({ seconds, acked, now }) {
      line[Symbol.dispose]();
      screen ??= new Screen(out);
      const title = `Vitalwire demo   ${seconds.toFixed(0)} s   ${counted(acked, 'sample')} acked`;
      const colour = process.env.NO_COLOR === undefined;
      const { width } = screen;
      // A link that is cut off is none: it may take several lines of the terminal.
      const taken = head.reduce((lines, text) => lines + Math.ceil(text.length / width), 0);
      const height = Math.max(1, screen.height - taken);
      screen.draw([...head, ...wardTable(ward, { title, now, width, height, colour })]);
    },
    [Symbol.dispose]() {
      line[Symbol.dispose]();
      screen?.[Symbol.dispose]();
      screen = null;
    },
  };
}

/** How often a file or a pipe is told how far the demo is, in seconds of sample time. */
const TELL_EVERY_S = 10;

/** One line an alarm step, and now and then how far it is. */
function lineView(out: NodeJS.WriteStream): DemoView & Disposable {
  let told = 0;
  return {
    preparing: () => undefined,
    ready(links) {
      for (const text of consoleLines(links)) out.write(`${text}\n`);
    },
    frame(frame: FeedFrame) {
      if (frame.type === 'alarm') out.write(`${eventLine(frame)}\n`);
    },
    tick({ seconds, acked }: Progress) {
      if (seconds < told + TELL_EVERY_S) return;
      told = seconds;
      out.write(`${seconds.toFixed(0)} s of sample time, ${counted(acked, 'sample')} acked\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** What the demo shows while it runs: a live table in a terminal, lines elsewhere, nothing where JSON is wanted. */
export function demoView({
  json,
  out,
}: {
  readonly json: boolean;
  readonly out: NodeJS.WriteStream;
}): DemoView & Disposable {
  if (json)
    return {
      preparing: () => undefined,
      ready: () => undefined,
      frame: () => undefined,
      tick: () => undefined,
      [Symbol.dispose]: () => undefined,
    };
  return out.isTTY ? tableView(out) : lineView(out);
}
