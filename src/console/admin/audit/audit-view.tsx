import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { type AuditEntryAnswer, detailsOf, exportName, jsonLines } from './audit-entries.ts';
import { AuditFilterForm } from './audit-filter-form.tsx';
import { EVERYTHING } from './audit-query.ts';
import { download } from './download.ts';
import { useTrail } from './use-trail.ts';

/** Who did what, newest first. */
export function AuditView() {
  const [filter, setFilter] = useState(EVERYTHING);
  const trail = useTrail(filter);
  const { entries, next, reads, readAt, problem, again, more } = trail;
  const words = text.admin.audit;
  return (
    <section aria-labelledby="audit-title">
      <h1 id="audit-title">{words.title}</h1>
      <AuditFilterForm onFilter={(wanted) => setFilter({ ...wanted })} />
      <Freshness reading={{ answer: readAt === 0 ? null : entries, readAt, problem, again }} />
      {entries.length > 0 && (
        <AdminTable name={words.title} columns={words.columns} acts={false}>
          {entries.map((entry) => (
            <Row entry={entry} key={entry.seq} />
          ))}
        </AdminTable>
      )}
      {readAt > 0 && (
        <div class="admin-acts">
          <p role="status">{reads ? text.admin.waits : words.found(entries.length, next === null)}</p>
          {next !== null && (
            <Button onClick={more} disabled={reads}>
              {words.more}
            </Button>
          )}
          {entries.length > 0 && (
            <Button onClick={() => download(exportName(entries), 'application/x-ndjson', jsonLines(entries))}>
              {words.export}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

function Row({ entry }: { entry: AuditEntryAnswer }) {
  const { clock } = useConsole();
  const words = text.admin.audit;
  const { columns } = words;
  const { seq, at, actor, action, subject } = entry;
  const own = (words.actions as Readonly<Record<string, string>>)[action];
  const kind = (words.actors as Readonly<Record<string, string>>)[actor.kind] ?? actor.kind;
  return (
    <tr>
      <th scope="row" data-label={columns.at}>
        <time dateTime={new Date(at).toISOString()}>{dayAndTime(at, clock.now.peek())}</time>
        <span class="quiet small block">{words.number(seq)}</span>
      </th>
      <td data-label={columns.actor}>
        {actor.name === '' || actor.name === actor.kind ? kind : words.actor(kind, actor.name)}
      </td>
      <td data-label={columns.action}>
        {own ?? action}
        <span class="quiet small block">{action}</span>
      </td>
      <td data-label={columns.subject} class="breaks">
        {subject}
      </td>
      <td data-label={columns.details}>
        <Details entry={entry} />
      </td>
    </tr>
  );
}

function Details({ entry }: { entry: AuditEntryAnswer }) {
  const { clock } = useConsole();
  const details = detailsOf(entry);
  if (details === null)
    return (
      <>
        <strong class="need">{text.admin.audit.tampered}</strong> <code>{String(entry.details)}</code>
      </>
    );
  return (
    <dl class="audit-details">
      {details.map(({ name, value, at }) => (
        <div key={name}>
          <dt>{name.replaceAll('_', ' ')}</dt>
          <dd class="breaks">
            {at === null ? value : <time dateTime={value}>{dayAndTime(at, clock.now.peek())}</time>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
