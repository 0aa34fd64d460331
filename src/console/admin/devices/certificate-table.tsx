import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { CertificateAnswer, DeviceDetailAnswer } from '../admin-answers.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

interface CertificateTableProps {
  readonly device: DeviceDetailAnswer;
  readonly onDone: (what: string) => void;
}

/** Certificates of a device, newest first; an admin may end one of them. */
export function CertificateTable({ device, onDone }: CertificateTableProps) {
  const { person } = useConsole();
  const [revoking, setRevoking] = useState<string | null>(null);
  const words = text.admin.devices.certificates;
  return (
    <section aria-labelledby="certificates-title">
      <h2 id="certificates-title">{words.title}</h2>
      {device.certificates.length === 0 ? (
        <p>{text.admin.devices.no_certificate}</p>
      ) : (
        <AdminTable name={words.title} columns={words.columns} acts={person.role === 'admin'}>
          {device.certificates.map((certificate) => (
            <Row certificate={certificate} onRevoke={setRevoking} key={certificate.serial} />
          ))}
        </AdminTable>
      )}
      {revoking !== null && (
        <RevokeDialog
          title={words.revoke_title(revoking)}
          warning={words.revoke_warning}
          confirm={null}
          at={path('v1', 'devices', device.id, 'certificates', revoking, 'revoke')}
          onClose={() => setRevoking(null)}
          onDone={() => {
            setRevoking(null);
            onDone(words.revoked(revoking));
          }}
        />
      )}
    </section>
  );
}

interface RowProps {
  readonly certificate: CertificateAnswer;
  readonly onRevoke: (serial: string) => void;
}

function Row({ certificate, onRevoke }: RowProps) {
  const { person, clock } = useConsole();
  const now = clock.now.peek();
  const words = text.admin.devices.certificates;
  const { columns } = words;
  const { serial, status, expired, not_before, not_after, ended_at, ended_reason } = certificate;
  return (
    <tr>
      <th scope="row" class="serial" data-label={columns.serial}>
        {serial}
      </th>
      <td data-label={columns.status}>
        {words.statuses[status]}
        {expired && <strong> {words.expired}</strong>}
        {ended_at !== null && (
          <span class="quiet block">
            {words.ended(
              dayAndTime(ended_at, now),
              ended_reason === null ? '' : text.admin.reasons[ended_reason],
            )}
          </span>
        )}
      </td>
      <td data-label={columns.validity}>
        {words.valid(dayAndTime(not_before, now), dayAndTime(not_after, now))}
      </td>
      {person.role === 'admin' && (
        <td data-label={text.admin.acts}>
          {status === 'revoked' ? (
            <span class="quiet">{words.for_good}</span>
          ) : (
            <Button kind="danger" onClick={() => onRevoke(serial)} label={words.revoke_one(serial)}>
              {text.admin.devices.revoke}
            </Button>
          )}
        </td>
      )}
    </tr>
  );
}
