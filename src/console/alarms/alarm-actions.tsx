import { useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import type { ShelfState } from '../feed/patient-model.ts';
import type { LiveAlarm } from '../feed/ward-model.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { Refusal } from './refusal.tsx';
import { type ShelfTarget, shelfOver, shelfTarget } from './shelf-target.ts';
import { ShelveDialog } from './shelve-dialog.tsx';
import { useCommand } from './use-command.ts';

/** What may be done about a live alarm: acknowledge it, put it on the shelf and take it off. */
export function AlarmActions({ shown: { alarm, calling } }: { shown: LiveAlarm }) {
  const { person } = useConsole();
  const target = person.role === 'charge' && !calling ? shelfTarget(alarm) : null;
  const unseen = alarm.presence === 'on' || alarm.presence === 'latched';
  return (
    <div class="alarm-actions">
      {unseen && <Acknowledge alarm={alarm} key={alarm.alerted_at} />}
      {target !== null && <Shelving target={target} />}
    </div>
  );
}

/** Of the alarm as it is shown now: what has alerted since the person saw it is not acknowledged with it. */
function Acknowledge({ alarm }: Pick<LiveAlarm, 'alarm'>) {
  const { feed } = useConsole();
  const { waits, problem, run } = useCommand();
  const acknowledge = (): Promise<boolean> =>
    run(() => feed.ask((id) => ({ type: 'acknowledge', id, alarm: alarm.id, alerted_at: alarm.alerted_at })));
  return (
    <>
      <span data-action="acknowledge">
        <Button kind="primary" disabled={waits} onClick={() => void acknowledge()}>
          {waits ? text.alarms.waiting : text.alarms.acknowledge}
        </Button>
      </span>
      <Refusal problem={problem} />
    </>
  );
}

function Shelving({ target }: { target: ShelfTarget }) {
  const { ward } = useConsole();
  const [asked, setAsked] = useState(false);
  const model = ward.patients.value.get(target.patient);
  if (model === undefined) return null;
  const shelf = shelfOver(model.shelves.value, target);
  if (shelf !== undefined) return <Unshelve shelf={shelf} />;
  return (
    <>
      <span data-action="shelve">
        <Button onClick={() => setAsked(true)}>{text.alarms.shelve}</Button>
      </span>
      {asked && <ShelveDialog target={target} label={model.label.value} onClose={() => setAsked(false)} />}
    </>
  );
}

/** Takes a shelf away before its time. */
export function Unshelve({ shelf }: { shelf: Pick<ShelfState, 'id'> }) {
  const { feed } = useConsole();
  const { waits, problem, run } = useCommand();
  const unshelve = (): Promise<boolean> =>
    run(() => feed.ask((id) => ({ type: 'unshelve', id, shelf: shelf.id })));
  return (
    <>
      <span data-action="shelve">
        <Button disabled={waits} onClick={() => void unshelve()}>
          {waits ? text.alarms.waiting : text.alarms.unshelve}
        </Button>
      </span>
      <Refusal problem={problem} />
    </>
  );
}
