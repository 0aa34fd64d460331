import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { vitalLabel } from '../text/quantities.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { Unshelve } from './alarm-actions.tsx';
import { alarmPlace } from './alarm-place.ts';

/** What is on the shelf, whether or not it would alarm now: who put it there, why, and until when. */
export function ShelfList() {
  const { ward } = useConsole();
  const patients = ward.patients.value;
  const models = [...patients.values()].filter(({ shelves }) => shelves.value.length > 0);
  const count = models.reduce((sum, { shelves }) => sum + shelves.value.length, 0);
  if (count === 0) return null;
  return (
    <section aria-labelledby="shelves">
      <h2 id="shelves">{text.alarms.shelves(count)}</h2>
      <ul class="alarm-list">
        {models.map((model) => (
          <Shelves model={model} key={model.patient} />
        ))}
      </ul>
    </section>
  );
}

function Shelves({ model }: { model: PatientModel }) {
  const { ward, clock, person } = useConsole();
  const place = alarmPlace({ patient: model.patient, device: null }, null, ward.patients.value);
  return (
    <>
      {model.shelves.value.map((shelf) => (
        <li class="alarm-row shelf-row" key={shelf.id} data-shelf={shelf.id}>
          <div class="alarm-words">
            <p class="alarm-what">
              <strong>
                {vitalLabel(shelf.vital)} {text.alarms.directions[shelf.direction]}
              </strong>{' '}
              {place}
            </p>
            <p>{text.alarms.shelved_by(shelf.by, dayAndTime(shelf.until, clock.now.peek()))}</p>
            <p>{text.alarms.because(shelf.reason)}</p>
          </div>
          {person.role === 'charge' && <Unshelve shelf={shelf} />}
        </li>
      ))}
    </>
  );
}
