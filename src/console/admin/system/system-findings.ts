import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { SECTIONS } from '../admin-sections.ts';
import { searchOf } from '../devices/device-filter.ts';
import type { PartState } from '../parts/state-mark.tsx';
import type { SystemAnswer } from './system-answer.ts';

/** One thing about the service that is well or not. */
export interface Finding {
  readonly key: string;
  readonly state: PartState;
  /** What to call the state, where that is not the service's own; absent: as every other. */
  readonly word?: string | undefined;
  readonly title: string;
  readonly detail: string;
  /** Where to do something about it. */
  readonly href: string | null;
}

const GRAVITY: Readonly<Record<PartState, number>> = { failed: 0, degraded: 1, ok: 2 };

/** Everything that is well or not, the worst first. */
export function systemFindings(system: SystemAnswer): readonly Finding[] {
  const words = text.admin.system;
  const titles = words.parts as Readonly<Record<string, string>>;
  const parts = Object.entries(system.parts).map(
    ([name, { state, detail }]): Finding => ({
      ...{ key: name, state, detail, href: null },
      title: titles[name] ?? name.replaceAll('_', ' '),
    }),
  );
  return [unattended(system), store(system), certificates(system), ...parts].sort(
    (a, b) => GRAVITY[a.state] - GRAVITY[b.state],
  );
}

/** An alarm that no screen has is nobody's: nothing is worse. */
function unattended({ alarms }: SystemAnswer): Finding {
  const words = text.admin.system;
  return {
    key: 'unattended',
    state: alarms.unattended === 0 ? 'ok' : 'failed',
    word: alarms.unattended === 0 ? undefined : words.act_now,
    title: words.unattended,
    detail: words.unattended_count(alarms.unattended),
    href: '/alarms',
  };
}

/** Whether what was recorded comes into the store, which the state of the part says only when it has been so for a while. */
function store({ store, time }: SystemAnswer): Finding {
  const words = text.admin.system;
  const { kind, takes, failing_since, last_error, state } = store;
  const named = { key: 'store_takes', title: words.stores[kind], href: null };
  if (takes) return { ...named, state: 'ok', detail: words.takes(words.store_states[state]) };
  const since =
    failing_since === null ? '' : words.since(dayAndTime(failing_since, time), span(time - failing_since));
  const why = last_error === null ? '' : `${last_error.message} (${last_error.code})`;
  return {
    ...named,
    state: state === 'stopped' || state === 'denied' ? 'failed' : 'degraded',
    detail: words.takes_not(words.store_states[state], since, why),
  };
}

function certificates({ certificates: { within_days, ending, expired, missing } }: SystemAnswer): Finding {
  const words = text.admin.system;
  const needed = ending + expired + missing;
  return {
    key: 'certificates',
    state: needed === 0 ? 'ok' : 'degraded',
    word: needed === 0 ? undefined : words.to_do,
    title: words.certificates,
    detail: words.certificate_counts({ ending, expired, missing, days: within_days }),
    href: `${SECTIONS.devices}${searchOf({ status: null, ending: true, words: '' })}`,
  };
}
