import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useConsole } from '../console-parts.ts';
import type { AccessState, DeviceState, PatientModel } from '../feed/patient-model.ts';
import { Problem } from '../server/problem.ts';
import { path } from '../server/rest.ts';
import { Button } from '../shell/button.tsx';
import { problemText } from '../shell/problem-text.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { LOW_BATTERY_PERCENT } from '../ward/device-standing.ts';
import { News2Badge } from './news2-badge.tsx';

/** Who it is, whether the devices are there, the score, and who else looks although it is not their patient. */
export function PatientHead({ model }: { model: PatientModel }) {
  const words = text.patient.head;
  const devices = model.devices.value;
  return (
    <header class="patient-head">
      <div class="patient-name">
        <Link href="/">{text.shell.to_ward}</Link>
        <h1>{model.label.value}</h1>
        <span class="quiet">{words.of_ward(model.ward.value, model.patient)}</span>
      </div>
      <ul class="patient-devices" aria-label={words.devices}>
        {devices.length === 0 && <li class="device off">{words.no_device}</li>}
        {devices.map((device) => (
          <Device device={device} key={device.device} />
        ))}
      </ul>
      <News2Badge news2={model.news2.value} />
      {model.access.value.map((access) => (
        <Access patient={model.patient} access={access} key={access.clinician} />
      ))}
    </header>
  );
}

function Device({ device: { device, presence, since, battery_percent } }: { device: DeviceState }) {
  const { clock } = useConsole();
  const words = text.patient.head;
  const low = battery_percent !== null && battery_percent < LOW_BATTERY_PERCENT;
  return (
    <li class={`device ${presence}`}>
      <strong>{device}</strong>{' '}
      <span>
        {words.presence[presence]}
        {presence !== 'on' && ` ${span(clock.now.value - since)}`}
      </span>{' '}
      {battery_percent !== null && (
        <span class={low ? 'battery low' : 'battery'}>
          {'· '}
          {low ? words.battery_low(battery_percent) : words.battery(battery_percent)}
        </span>
      )}
    </li>
  );
}

function Access({ patient, access }: { patient: string; access: AccessState }) {
  const { session, person, clock } = useConsole();
  const [problem, setProblem] = useState<Problem | null>(null);
  const words = text.patient.access;
  const until = dayAndTime(access.until, clock.now.peek());
  const end = (): void => {
    session.rest.send('DELETE', path('v1', 'patients', patient, 'break-glass')).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    });
  };
  return (
    <p class="patient-access">
      <strong>{words.broken(access.clinician, until)}</strong> {access.reason}{' '}
      {access.clinician === person.clinician && <Button onClick={end}>{words.end}</Button>}
      {problem !== null && <span role="alert">{problemText(problem)}</span>}
    </p>
  );
}
