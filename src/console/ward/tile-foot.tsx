import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';
import { deviceStanding } from './device-standing.ts';
import { accessWords, batteryWords, presenceWords, shelfWords } from './tile-words.ts';
import type { TileLevel } from './ward-layout.ts';

/** Device and battery, what is on the shelf, and who else sees the patient. */
export function TileFoot({ model, level }: { model: PatientModel; level: TileLevel }) {
  const { clock } = useConsole();
  const devices = model.devices.value;
  const { presence, batteryLow } = deviceStanding(devices);
  // Only what counts looks at the clock.
  const now = presence === 'on' ? clock.now.peek() : clock.now.value;
  const battery = batteryWords(devices);
  const shelves = model.shelves.value.map(shelfWords);
  const access = model.access.value.map(accessWords);
  return (
    <div class="tile-foot">
      <span class={`presence ${presence}`}>
        {text.ward.presence_marks[presence]} {presenceWords(devices, now)}
      </span>
      {battery !== null && (
        <span class={`battery${batteryLow ? ' low' : ''}`}>
          {text.ward.marks.battery} {battery}
        </span>
      )}
      {shelves.length > 0 && (
        <span class="tile-mark" title={shelves.join('; ')}>
          {text.ward.marks.shelved} {level === 'large' ? shelves.join('; ') : text.ward.states.shelved}
        </span>
      )}
      {access.length > 0 && (
        <span class="tile-mark" title={access.join('; ')}>
          {text.ward.marks.access} {access.join('; ')}
        </span>
      )}
    </div>
  );
}
