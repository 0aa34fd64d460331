import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { markRestore } from '../scripts/backup/restore-target.ts';
import { startApp } from '../src/app.ts';
import { loadConfig } from '../src/config/config.ts';
import { systemClock } from '../src/core/clock.ts';
import { createLog } from '../src/observe/log.ts';

for (const name of ['certs', 'var'])
  t.test(`a server makes nothing new where a restore of ${name} was cut off`, async (t) => {
    const directory = t.testdir();
    const [certs, data] = [join(directory, 'certs'), join(directory, 'var')];
    await markRestore(join(directory, name), 'as it goes');
    const { config, secrets } = loadConfig({
      ...{ NODE_ENV: 'test', VITALWIRE_DEVICE_PORT: '0', VITALWIRE_CLINICIAN_PORT: '0' },
      ...{ VITALWIRE_CERTS_DIR: certs, VITALWIRE_DATA_DIR: data },
    });
    const log = createLog('info', { write: () => true });
    await t.rejects(startApp({ config, secrets, clock: systemClock(), log }), { code: 'restore_unfinished' });
    t.notOk(existsSync(certs) || existsSync(data));
  });
