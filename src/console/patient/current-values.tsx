import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { type VitalCell, vitalCells } from '../ward/vital-cells.ts';
import { alarmOf } from './patient-alarms-of.ts';

/** Less than this needs no words: a value a second is as new as it gets. Milliseconds. */
const FRESH_MS = 5_000;

/** The newest values, large. What is unknown says so, and since when. */
export function CurrentValues({ model }: { model: PatientModel }) {
  const { clock, ward } = useConsole();
  const cells = vitalCells(model.values.value, clock.now.value);
  const alarms = [...ward.alarms.value.values()].map(({ alarm }) => alarm);
  return (
    <section class="current-values" aria-label={text.patient.values.title}>
      {cells.length === 0 && <p class="quiet">{text.patient.values.none}</p>}
      {cells.map((cell) => (
        <Cell cell={cell} alarm={alarmOf(alarms, model.patient, cell.vitals)} key={cell.key} />
      ))}
    </section>
  );
}

function Cell({ cell, alarm }: { cell: VitalCell; alarm: string }) {
  const { key, label, name, unit, shown, aside, ageMs, quality } = cell;
  return (
    <div
      class={`current-value ${key} ${shown === null ? 'unknown' : ''} ${quality === null ? '' : 'doubtful'} ${alarm}`}
    >
      <span class="current-name" title={name}>
        {label} <span class="quiet">{unit}</span>
      </span>
      <strong class="current-number">
        {shown ?? text.vitals.unknown}
        {aside !== null && <small> {aside}</small>}
      </strong>
      <span class="current-age">
        {quality !== null && <em>{text.vitals.quality[quality]} </em>}
        {(shown === null || ageMs >= FRESH_MS) && text.vitals.age(span(ageMs))}
      </span>
    </div>
  );
}
