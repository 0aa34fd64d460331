import t from 'tap';
import type { Manifest } from '../../scripts/backup/manifest.ts';
import type { Restored } from '../../scripts/backup/restore-backup.ts';
import { restoredText } from '../../scripts/backup/restored-text.ts';

const manifest: Manifest = {
  ...{ format: 1, version: '1.2.3', created: '2026-05-01T08:30:00.000Z', store: 'sqlite', telemetry: 'none' },
  ...{ journal: { position: 1, readers: {} }, alarm_cursor: '0', alarm_epoch: 1, registry_revision: 1 },
  ...{ audit_head: '', audit_origin: '', certificates: true, files: [] },
};
const restored: Restored = {
  ...{ data: 'var', manifest, aside: null, certsAside: null, alarmEpoch: 2, withdrawn: [], former: null },
};

t.test(
  'who puts back certificates is told that authorities and token keys of then are trusted again',
  (t) => {
    t.match(
      restoredText({ ...restored, certsAside: 'certs.before' }, true),
      /authority or token key .* withdrawn .* trusted again.*certs\.before/s,
    );
    t.notMatch(restoredText(restored, true), /token key/);
    t.end();
  },
);
