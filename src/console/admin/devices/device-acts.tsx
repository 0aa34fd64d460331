import { useState } from 'preact/hooks';
import { useCommand } from '../../alarms/use-command.ts';
import { useConsole } from '../../console-parts.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';
import type { DeviceAnswer } from '../admin-answers.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { AssignDialog } from './assign-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

interface DeviceActsProps {
  readonly device: DeviceAnswer;
  readonly onDone: (what: string) => void;
}

type Asking = 'suspend' | 'assign' | 'revoke' | null;

/** What the reader may do about a device. */
export function DeviceActs({ device, onDone }: DeviceActsProps) {
  const { person } = useConsole();
  const [asking, setAsking] = useState<Asking>(null);
  const words = text.admin.devices;
  const close = (): void => setAsking(null);
  const done = (what: string): void => {
    close();
    onDone(what);
  };
  const isAdmin = person.role === 'admin';
  return (
    <div class="admin-acts">
      <DirectActs device={device} onDone={onDone} />
      {isAdmin && device.status !== 'revoked' && (
        <>
          <Button onClick={() => setAsking('assign')}>{words.assign}</Button>
          {device.status === 'active' && (
            <Button kind="danger" onClick={() => setAsking('suspend')}>
              {words.suspend}
            </Button>
          )}
          <Button kind="danger" onClick={() => setAsking('revoke')}>
            {words.revoke_device}
          </Button>
        </>
      )}
      {asking === 'suspend' && <SuspendDialog device={device} onDone={done} onClose={close} />}
      {asking === 'assign' && (
        <AssignDialog
          device={device}
          onClose={close}
          onDone={(patient) => done(words.assigned(device.id, patient))}
        />
      )}
      {asking === 'revoke' && (
        <RevokeDialog
          title={words.revoke_title(device.id)}
          warning={words.revoke_warning}
          confirm={device.id}
          at={path('v1', 'devices', device.id, 'revoke')}
          onClose={close}
          onDone={() => done(words.revoked(device.id))}
        />
      )}
    </div>
  );
}

/** What is done at once: it harms nobody. */
function DirectActs({ device: { id, status }, onDone }: DeviceActsProps) {
  const { session, person } = useConsole();
  const { waits, problem, run } = useCommand();
  const words = text.admin.devices;
  const identify = (): Promise<boolean> =>
    run(async () => {
      const at = path('v1', 'devices', id, 'commands');
      const { message } = await session.rest.send<{ message: string | null }>('POST', at, {
        name: 'identify',
      });
      onDone(words.identified(id, message ?? ''));
    });
  const resume = (): Promise<boolean> =>
    run(async () => {
      await session.rest.send('POST', path('v1', 'devices', id, 'resume'));
      onDone(words.resumed(id));
    });
  return (
    <>
      {status === 'active' && (
        <Button onClick={() => void identify()} disabled={waits}>
          {words.identify}
        </Button>
      )}
      {status === 'suspended' && person.role === 'admin' && (
        <Button kind="primary" onClick={() => void resume()} disabled={waits}>
          {words.resume}
        </Button>
      )}
      {waits && <span role="status">{text.admin.waits}</span>}
      {problem !== null && (
        <p class="refusal" role="alert">
          {problemText(problem)}
        </p>
      )}
    </>
  );
}

interface SuspendDialogProps extends DeviceActsProps {
  readonly onClose: () => void;
}

function SuspendDialog({ device: { id, patient }, onDone, onClose }: SuspendDialogProps) {
  const { session } = useConsole();
  const words = text.admin.devices;
  return (
    <FormDialog
      title={words.suspend_title(id)}
      action={words.suspend_now}
      kind="danger"
      attempt={() => () => session.rest.send('POST', path('v1', 'devices', id, 'suspend'))}
      onDone={() => onDone(words.suspended(id))}
      onClose={onClose}
    >
      <p>{words.suspend_is}</p>
      {patient !== null && (
        <p>
          <strong>{words.is_worn(patient)}</strong>
        </p>
      )}
    </FormDialog>
  );
}
