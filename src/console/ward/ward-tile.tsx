import { type ReadonlySignal, useComputed } from '@preact/signals';
import { Link } from 'wouter-preact';
import { alarmClasses, alarmLook } from '../alarms/alarm-look.ts';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { path } from '../server/rest.ts';
import type { AlarmsByPatient } from './alarms-by-patient.ts';
import { TileAlarm } from './tile-alarm.tsx';
import { TileFoot } from './tile-foot.tsx';
import { TileHead } from './tile-head.tsx';
import { TileTrace } from './tile-trace.tsx';
import { TileValues } from './tile-values.tsx';
import { tileName } from './tile-words.ts';
import type { TrendRecall } from './trend-recall.ts';
import { vitalCells } from './vital-cells.ts';
import type { TileLevel } from './ward-layout.ts';

export interface WardTileProps {
  readonly model: PatientModel;
  readonly alarms: ReadonlySignal<AlarmsByPatient>;
  readonly level: TileLevel;
  /** Whether there is a live trace in it, if the patient's devices give one. */
  readonly traced: boolean;
  readonly onNoTrace: () => void;
  readonly recall: TrendRecall;
}

/** One patient, who is a touch away. */
export function WardTile({ model, alarms, level, traced, onNoTrace, recall }: WardTileProps) {
  const own = alarms.value.get(model.patient) ?? [];
  const [worst] = own;
  const frame = worst === undefined ? '' : ` alarm-frame ${alarmClasses(alarmLook(worst))}`;
  return (
    <li class={`tile${frame}`}>
      <TileLink model={model} alarms={alarms} />
      {/* For the eye: whoever hears the page is told all of it in one sentence, by the link. */}
      <div class="tile-body" aria-hidden="true">
        <TileHead model={model} alarms={own} level={level} />
        {(level === 'large' || level === 'medium') && <TileAlarm alarms={own} />}
        {traced && <TileTrace patient={model.patient} onNone={onNoTrace} />}
        <TileValues model={model} alarms={own} level={level} recall={recall} />
        {(level === 'large' || level === 'medium') && <TileFoot model={model} level={level} />}
      </div>
    </li>
  );
}

/** Lies over the whole tile. Its name begins with what the tile shows largest, the bed (WCAG 2.5.3). */
function TileLink({ model, alarms }: Pick<WardTileProps, 'model' | 'alarms'>) {
  const { clock } = useConsole();
  const name = useComputed(() => {
    const now = clock.now.value;
    return tileName({
      label: model.label.value,
      alarms: alarms.value.get(model.patient) ?? [],
      cells: vitalCells(model.values.value, now),
      devices: model.devices.value,
      news2: model.news2.value,
      shelves: model.shelves.value,
      access: model.access.value,
      now,
    });
  });
  return <Link class="tile-link" href={path('patients', model.patient)} aria-label={name.value} />;
}
