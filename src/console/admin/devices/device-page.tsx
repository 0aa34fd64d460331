import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useConsole } from '../../console-parts.ts';
import { path } from '../../server/rest.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { DeviceDetailAnswer } from '../admin-answers.ts';
import { SECTIONS } from '../admin-sections.ts';
import { Freshness } from '../parts/freshness.tsx';
import { useReading } from '../parts/use-reading.ts';
import { CertificateTable } from './certificate-table.tsx';
import { DeviceActs } from './device-acts.tsx';
import { deviceNeeds } from './device-need.ts';
import { certificateWords, presenceWords } from './device-words.ts';

const EVERY_MS = 10_000;

/** One device: how it stands, what can be done about it, its certificates, and who wore it. */
export function DevicePage({ device }: { device: string }) {
  const { session } = useConsole();
  const at = path('v1', 'devices', device);
  const reading = useReading(at, (signal) => session.rest.get<DeviceDetailAnswer>(at, {}, signal), EVERY_MS);
  const [said, setSaid] = useState('');
  const words = text.admin.devices;
  const onDone = (what: string): void => {
    setSaid(what);
    reading.again();
  };
  return (
    <section aria-labelledby="device-title">
      <p>
        <Link href={SECTIONS.devices}>{words.back}</Link>
      </p>
      <h1 id="device-title">{words.one(device)}</h1>
      <Freshness reading={reading} />
      {reading.answer !== null && (
        <>
          <Standing device={reading.answer} />
          <DeviceActs device={reading.answer} onDone={onDone} />
          <p class="admin-said" role="status">
            {said}
          </p>
          <CertificateTable device={reading.answer} onDone={onDone} />
          <Wearers device={reading.answer} />
        </>
      )}
    </section>
  );
}

function Standing({ device }: { device: DeviceDetailAnswer }) {
  const { clock } = useConsole();
  const now = clock.now.peek();
  const words = text.admin.devices;
  const { columns } = words;
  const { status, patient, battery_percent, certificate_expires, late_renewal_until } = device;
  const needs = deviceNeeds(device, now);
  return (
    <>
      {needs.length > 0 && (
        <p>
          {needs.map((need) => (
            <strong class={`need ${need}`} key={need}>
              {words.needs[need]}
            </strong>
          ))}
        </p>
      )}
      <dl class="admin-facts">
        <Fact name={columns.status}>{words.statuses[status]}</Fact>
        <Fact name={columns.patient}>{patient ?? words.nobody}</Fact>
        <Fact name={columns.presence}>{presenceWords(device, now)}</Fact>
        <Fact name={columns.battery}>
          {battery_percent === null ? text.admin.unknown : text.ward.percent(battery_percent)}
        </Fact>
        <Fact name={columns.certificate}>{certificateWords(certificate_expires, now)}</Fact>
        {late_renewal_until !== null && late_renewal_until > now && (
          <Fact name={words.late_renewal}>{dayAndTime(late_renewal_until, now)}</Fact>
        )}
        <Fact name={words.what}>{device.description}</Fact>
        <Fact name={words.interval}>
          {device.interval_ms === null ? words.learned : span(device.interval_ms)}
        </Fact>
        <Fact name={words.registered}>{dayAndTime(device.created, now)}</Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Wearers({ device: { assignments } }: { device: DeviceDetailAnswer }) {
  const { clock } = useConsole();
  const now = clock.now.peek();
  const words = text.admin.devices;
  return (
    <section aria-labelledby="wearers-title">
      <h2 id="wearers-title">{words.wearers}</h2>
      {assignments.length === 0 && <p class="quiet">{words.never_worn}</p>}
      <ul class="bare-list">
        {assignments.map(({ patient, from, to }) => (
          <li key={from}>
            <strong>{patient}</strong>{' '}
            {words.wore(dayAndTime(from, now), to === null ? null : dayAndTime(to, now))}
          </li>
        ))}
      </ul>
    </section>
  );
}
