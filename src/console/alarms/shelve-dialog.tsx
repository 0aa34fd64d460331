import { useId, useState } from 'preact/hooks';
import { GRANT_REASON_LENGTH } from '../../model/people.ts';
import { MAX_SHELF_MS } from '../../model/shelf.ts';
import { useConsole } from '../console-parts.ts';
import { Button } from '../shell/button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { vitalLabel } from '../text/quantities.ts';
import { text } from '../text/text.ts';
import { Refusal } from './refusal.tsx';
import type { ShelfTarget } from './shelf-target.ts';
import { useCommand } from './use-command.ts';

const MOST_MINUTES = MAX_SHELF_MS / 60_000;
const PRESETS = [15, 60, 240] as const;

export interface ShelveDialogProps {
  readonly target: ShelfTarget;
  /** Of the patient, as staff call them. */
  readonly label: string;
  readonly onClose: () => void;
}

/** Asks for how long, and why: everybody who watches the patient reads it. */
export function ShelveDialog({ target, label, onClose }: ShelveDialogProps) {
  const { feed } = useConsole();
  const { waits, problem, run } = useCommand();
  const [minutes, setMinutes] = useState<number>(PRESETS[0]);
  const [reason, setReason] = useState('');
  const hint = useId();
  const given = reason.trim();
  const { least, most } = GRANT_REASON_LENGTH;
  const complete =
    given.length >= least &&
    given.length <= most &&
    Number.isInteger(minutes) &&
    minutes >= 1 &&
    minutes <= MOST_MINUTES;
  const shelve = async (): Promise<void> => {
    const done = await run(() =>
      feed.ask((id) => ({ type: 'shelve', id, ...target, minutes, reason: given })),
    );
    if (done) onClose();
  };
  const what = `${vitalLabel(target.vital)} ${text.alarms.directions[target.direction]}`;
  return (
    <Dialog title={text.alarms.shelve_title(what, label)} onClose={onClose}>
      <form
        class="shelve"
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) void shelve();
        }}
      >
        <label>
          {text.alarms.shelve_reason}
          <input
            type="text"
            required
            autofocus
            maxLength={most}
            value={reason}
            aria-describedby={hint}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <p class="quiet" id={hint}>
          {text.alarms.shelve_hint(least, most)}
        </p>
        <fieldset>
          <legend>{text.alarms.shelve_time}</legend>
          {PRESETS.map((preset) => (
            <Button key={preset} pressed={minutes === preset} onClick={() => setMinutes(preset)}>
              {text.alarms.minutes(preset)}
            </Button>
          ))}
          <label>
            {text.alarms.shelve_minutes(MOST_MINUTES)}
            <input
              type="number"
              min={1}
              max={MOST_MINUTES}
              step={1}
              value={Number.isNaN(minutes) ? '' : minutes}
              onInput={(event) => setMinutes(event.currentTarget.valueAsNumber)}
            />
          </label>
        </fieldset>
        <p>{text.alarms.shelve_high}</p>
        <Refusal problem={problem} />
        <div class="dialog-actions">
          <Button onClick={onClose}>{text.alarms.cancel}</Button>
          <Button kind="primary" submit disabled={!complete || waits}>
            {waits ? text.alarms.waiting : text.alarms.put_on_shelf}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
