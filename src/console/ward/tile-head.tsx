import type { Alarm } from '../../model/alarm.ts';
import { alarmClasses, alarmLook } from '../alarms/alarm-look.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';
import { deviceStanding } from './device-standing.ts';
import { accessWords, batteryWords, news2Words, shelfWords } from './tile-words.ts';
import { scoreOf } from './urgency.ts';
import type { TileLevel } from './ward-layout.ts';

interface TileHeadProps {
  readonly model: PatientModel;
  /** Worst first. */
  readonly alarms: readonly Alarm[];
  readonly level: TileLevel;
}

/** The bed, and what is known of everything else in marks. */
export function TileHead({ model, alarms, level }: TileHeadProps) {
  const [worst] = alarms;
  const look = worst === undefined ? null : alarmLook(worst);
  const small = level === 'small' || level === 'tiny';
  const seen = look !== null && !look.waits;
  return (
    <div class="tile-head">
      <strong class="tile-label">{model.label.value}</strong>
      {small && look !== null && (
        <span class={`alarm-badge ${alarmClasses(look)}`}>
          {look.symbol}
          {seen && ` ${text.ward.marks[look.state === 'shelved' ? 'shelved' : 'acknowledged']}`}
        </span>
      )}
      <span class="tile-marks">
        <Marks model={model} small={small} />
        {level !== 'tiny' && <Score model={model} small={small} />}
        {small && <DeviceMark model={model} />}
      </span>
    </div>
  );
}

function Marks({ model, small }: { model: PatientModel; small: boolean }) {
  const [shelves, access] = [model.shelves.value, model.access.value];
  if (!small) return null;
  return (
    <>
      {shelves.length > 0 && (
        <span title={shelves.map(shelfWords).join('; ')}>{text.ward.marks.shelved}</span>
      )}
      {access.length > 0 && <span title={access.map(accessWords).join('; ')}>{text.ward.marks.access}</span>}
    </>
  );
}

function Score({ model, small }: { model: PatientModel; small: boolean }) {
  const news2 = model.news2.value;
  const words = news2Words(news2);
  if (words === null) return null;
  const urgent = news2.kind === 'score' && news2.trigger !== 'none' && news2.trigger !== 'low';
  return (
    <span class={`tile-news2 ${news2.kind}${urgent ? ' urgent' : ''}`} title={words.full}>
      {small ? text.ward.news2.short(scoreOf(news2)) : words.brief}
    </span>
  );
}

/** Where there is no room for words, what is well is not told. */
function DeviceMark({ model }: { model: PatientModel }) {
  const devices = model.devices.value;
  const { presence, batteryLow } = deviceStanding(devices);
  return (
    <>
      {batteryLow && <span class="battery low">{batteryWords(devices)}</span>}
      <span class={`presence ${presence}`} title={text.ward.presence[presence]}>
        {text.ward.presence_marks[presence]}
        {presence !== 'on' && ` ${text.ward.presence[presence]}`}
      </span>
    </>
  );
}
