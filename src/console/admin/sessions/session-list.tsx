import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { SessionAnswer } from '../admin-answers.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { useReading } from '../parts/use-reading.ts';

const EVERY_MS = 10_000;

/** Who is signed in at the console, and a way to end it. */
export function SessionList() {
  const { session } = useConsole();
  const reading = useReading(
    '/v1/sessions',
    (signal) => session.rest.get<{ sessions: readonly SessionAnswer[] }>('/v1/sessions', {}, signal),
    EVERY_MS,
  );
  const [ending, setEnding] = useState<SessionAnswer | null>(null);
  const [said, setSaid] = useState('');
  const words = text.admin.sessions;
  const sessions = reading.answer?.sessions ?? [];
  return (
    <section aria-labelledby="sessions-title">
      <h1 id="sessions-title">{words.title}</h1>
      <Freshness reading={reading} />
      <p class="admin-said" role="status">
        {said}
      </p>
      {sessions.length > 0 && (
        <AdminTable name={words.title} columns={words.columns} acts>
          {sessions.map((one) => (
            <Row session={one} onEnd={() => setEnding(one)} key={one.id} />
          ))}
        </AdminTable>
      )}
      {ending !== null && (
        <FormDialog
          title={words.end_title(ending.clinician)}
          action={words.end}
          kind="danger"
          attempt={() => () => session.rest.send('DELETE', path('v1', 'sessions', ending.id))}
          onDone={() => {
            setSaid(words.ended(ending.clinician));
            setEnding(null);
            reading.again();
          }}
          onClose={() => setEnding(null)}
        >
          <p>{words.end_is}</p>
        </FormDialog>
      )}
    </section>
  );
}

function Row({ session, onEnd }: { session: SessionAnswer; onEnd: () => void }) {
  const { person, clock } = useConsole();
  const now = clock.now.peek();
  const words = text.admin.sessions;
  const { columns } = words;
  const { id, clinician, via, from, expires } = session;
  return (
    <tr>
      <th scope="row" data-label={columns.clinician}>
        {clinician}
      </th>
      <td data-label={columns.via}>{words.vias[via]}</td>
      <td data-label={columns.from}>
        {dayAndTime(from, now)} ({text.time.ago(span(now - from))})
      </td>
      <td data-label={columns.expires}>{dayAndTime(expires, now)}</td>
      <td data-label={text.admin.acts}>
        {id === person.id ? (
          <span class="quiet">{words.this_page}</span>
        ) : (
          <Button kind="danger" onClick={onEnd} label={words.end_of(clinician)}>
            {words.end}
          </Button>
        )}
      </td>
    </tr>
  );
}
