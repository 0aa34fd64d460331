import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { aDevice, told } from '../contracts/registry-contract.ts';
import { eventually } from '../support/eventually.ts';

const D1 = deviceId('D1');

t.test(
  'a file that cannot be read any more changes nobody, is told once, and is caught up with',
  async (t) => {
    const path = join(t.testdir(), 'data', 'registry.db');
    const errors: Error[] = [];
    await using registry = await openSqliteRegistry({ path, onError: (error) => errors.push(error) });
    await registry.addDevice(aDevice());
    using other = new DatabaseSync(path);
    other.exec('ALTER TABLE devices RENAME TO elsewhere');
    t.equal(registry.healthy, true);
    await eventually(() => errors.length > 0);
    t.equal(registry.healthy, false);
    other.exec(
      "UPDATE revision SET value = value + 1; UPDATE elsewhere SET status = 'revoked', revision = (SELECT value FROM revision)",
    );
    await t.rejects(
      registry.addPatient({ id: patientId('P9'), ward: wardId('W9'), label: '', news2: 'scale_1' }),
      {
        code: 'registry_failed',
      },
    );
    t.equal(registry.device(D1)?.status, 'active', 'the doors go by what was known');

    const seen = told(registry, 'device', D1);
    other.exec('ALTER TABLE elsewhere RENAME TO devices');
    await seen;
    t.equal(registry.healthy, true);
    t.equal(registry.device(D1)?.status, 'revoked', 'what happened meanwhile is obeyed');
    t.match(errors, [{ code: 'registry_poll_failed' }], 'told once');
    t.equal(errors.length, 1);
  },
);
