import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import { useConsole } from '../../console-parts.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { Freshness } from '../parts/freshness.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { useReading } from '../parts/use-reading.ts';
import { byteSize } from './byte-size.ts';
import type { SystemAnswer } from './system-answer.ts';
import { type Finding, systemFindings } from './system-findings.ts';

const EVERY_MS = 4_000;

/** How the whole service does: what is not well first. */
export function SystemView() {
  const { session } = useConsole();
  const reading = useReading(
    '/v1/system',
    (signal) => session.rest.get<SystemAnswer>('/v1/system', {}, signal),
    EVERY_MS,
  );
  const words = text.admin.system;
  const { answer } = reading;
  return (
    <section aria-labelledby="system-title">
      <h1 id="system-title">{words.title}</h1>
      <Freshness reading={reading} />
      {answer !== null && (
        <>
          <Findings findings={systemFindings(answer)} />
          <Facts system={answer} />
        </>
      )}
    </section>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const words = text.admin.system;
  const bad = findings.filter(({ state }) => state !== 'ok').length;
  return (
    <>
      <p class={`system-verdict ${bad === 0 ? 'ok' : 'bad'}`} role="status">
        {bad === 0 ? words.all_well : words.not_well(bad)}
      </p>
      <ul class="system-findings">
        {findings.map(({ key, state, word, title, detail, href }) => (
          <li class={state} key={key}>
            <StateMark state={state} word={word} />
            <h2>{href === null ? title : <Link href={href}>{title}</Link>}</h2>
            <p>{detail}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Facts({ system }: { system: SystemAnswer }) {
  const words = text.admin.system;
  const { connected, journal, store, version, started, uptime_s, time } = system;
  const { waiting_for_disk, waiting_for_store } = journal;
  const conditions = words.conditions as Readonly<Record<string, string>>;
  return (
    <dl class="admin-facts">
      <Fact name={words.devices}>{connected.devices}</Fact>
      <Fact name={words.clinicians}>{connected.clinicians}</Fact>
      <Fact name={words.journal}>{conditions[journal.condition] ?? journal.condition}</Fact>
      <Fact name={words.for_disk}>
        {words.waiting_disk(
          waiting_for_disk.records,
          byteSize(waiting_for_disk.bytes),
          Math.round(waiting_for_disk.oldest_ms),
        )}
      </Fact>
      <Fact name={words.for_store}>
        {words.waiting_store(waiting_for_store.records, byteSize(waiting_for_store.bytes))}
      </Fact>
      <Fact name={words.lag}>{store.lag_ms < 1_000 ? words.no_lag : span(store.lag_ms)}</Fact>
      <Fact name={words.pace}>{words.per_second(Math.round(store.records_per_second))}</Fact>
      <Fact name={words.quarantined}>{store.quarantined}</Fact>
      <Fact name={words.version}>{version}</Fact>
      <Fact name={words.uptime}>{words.up(span(uptime_s * 1_000), dayAndTime(started, time))}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
