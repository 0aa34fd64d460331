import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useConsole } from '../../console-parts.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import type { PatientAnswer } from '../admin-answers.ts';
import { SECTIONS } from '../admin-sections.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { MoreRows, useShown } from '../parts/more-rows.tsx';
import { useList } from '../parts/use-list.ts';
import { PatientForm } from './patient-form.tsx';

/** Where patients are, and what they wear. Nothing here tells how anybody is. */
export function PatientList() {
  const { person } = useConsole();
  const list = useList<PatientAnswer>('/v1/registry/patients', 'patients');
  const [find, setFind] = useState('');
  const [editing, setEditing] = useState<PatientAnswer | 'new' | null>(null);
  const [said, setSaid] = useState('');
  const { shown, showMore } = useShown();
  const words = text.admin.patients;
  const all = list.answer?.entries ?? [];
  const part = find.trim().toLowerCase();
  const found = all.filter((patient) =>
    [patient.id, patient.label, patient.ward].some((field) => field.toLowerCase().includes(part)),
  );
  const isAdmin = person.role === 'admin';
  return (
    <section aria-labelledby="patients-title">
      <h1 id="patients-title">{words.title}</h1>
      <search class="admin-filter">
        <label>
          {words.find}{' '}
          <input type="search" value={find} onInput={({ currentTarget }) => setFind(currentTarget.value)} />
        </label>
        {isAdmin && (
          <Button kind="primary" onClick={() => setEditing('new')}>
            {words.add}
          </Button>
        )}
      </search>
      <Freshness reading={list} />
      <p class="admin-said" role="status">
        {said}
      </p>
      {list.answer !== null && <p>{words.found(found.length)}</p>}
      {found.length > 0 && (
        <AdminTable name={words.title} columns={words.columns} acts={isAdmin}>
          {found.slice(0, shown).map((patient) => (
            <tr key={patient.id}>
              <th scope="row" data-label={words.columns.id}>
                {patient.id}
              </th>
              <td data-label={words.columns.label}>{patient.label}</td>
              <td data-label={words.columns.ward}>{patient.ward}</td>
              <td data-label={words.columns.devices}>
                <Worn devices={patient.devices} />
              </td>
              {isAdmin && (
                <td data-label={text.admin.acts}>
                  <Button onClick={() => setEditing(patient)} label={words.change_title(patient.id)}>
                    {words.change}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </AdminTable>
      )}
      <MoreRows left={Math.max(0, found.length - shown)} showMore={showMore} list={list} />
      {editing !== null && (
        <PatientForm
          patient={editing === 'new' ? null : editing}
          wards={[...new Set(all.map(({ ward }) => ward))].sort()}
          onClose={() => setEditing(null)}
          onDone={(id) => {
            setSaid(editing === 'new' ? words.added(id) : words.changed(id));
            setEditing(null);
            list.again();
          }}
        />
      )}
    </section>
  );
}

function Worn({ devices }: { devices: readonly string[] }) {
  if (devices.length === 0) return <span class="quiet">{text.admin.patients.no_device}</span>;
  return (
    <ul class="bare-list">
      {devices.map((device) => (
        <li key={device}>
          <Link href={`${SECTIONS.devices}/${encodeURIComponent(device)}`}>{device}</Link>
        </li>
      ))}
    </ul>
  );
}
