import { makeBackup } from '../../scripts/backup/make-backup.ts';
import { systemClock } from '../../src/core/clock.ts';

/** Makes a backup of argv[2] in argv[3], one of long ago, and dies in the middle, as in a power cut. */
const clock = { ...systemClock(), now: () => Date.UTC(2020, 0, 1) };
const [, , data = '', directory = ''] = process.argv;
await makeBackup({
  ...{ data, directory, certs: null, store: 'sqlite', version: '0', clock },
  progress: (text) => {
    if (text.startsWith('registry.db')) process.kill(process.pid, 'SIGKILL');
  },
});
