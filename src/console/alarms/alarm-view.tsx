import { useState } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import { Button } from '../shell/button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { text } from '../text/text.ts';
import { AlarmHistory } from './alarm-history.tsx';
import { AlarmList } from './alarm-list.tsx';
import { HappeningList } from './happening-list.tsx';
import { ShelfList } from './shelf-list.tsx';
import { UnattendedList } from './unattended-list.tsx';

/** Every alarm there is: what lives, what is on the shelf, what happened, and what was. */
export function AlarmView() {
  const { person } = useConsole();
  const [help, setHelp] = useState(false);
  return (
    <div class="page alarms-page">
      <header class="alarms-head">
        <h1>{text.alarms.title}</h1>
        <Button onClick={() => setHelp(true)}>{text.alarms.keys}</Button>
      </header>
      {person.role === 'admin' && <UnattendedList />}
      <AlarmList onHelp={() => setHelp(true)} />
      <ShelfList />
      <HappeningList />
      {person.role !== 'admin' && <AlarmHistory />}
      {help && (
        <Dialog title={text.alarms.keys} onClose={() => setHelp(false)}>
          <dl class="alarm-keys">
            {Object.entries(text.alarms.key_help).map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </div>
  );
}
