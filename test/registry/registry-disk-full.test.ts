import { join } from 'node:path';
import t from 'tap';
import { patientId, wardId } from '../../src/model/ids.ts';
import type { Patient } from '../../src/model/people.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { noTinyDisk, tinyDisk } from '../support/tiny-disk.ts';

const patient = (n: number): Patient => ({
  id: patientId(`P${n}`),
  ward: wardId('W1'),
  label: '',
  news2: 'scale_1',
});

t.test(
  'on a full disk a write says so and changes nothing, reads go on, and so do writes',
  { skip: noTinyDisk },
  async (t) => {
    using disk = tinyDisk(1_024);
    await using registry = await openSqliteRegistry({
      path: join(disk.directory, 'registry.db'),
      onError: (error) => t.fail(error.message),
    });
    await registry.addPatient(patient(0));
    disk.fill();
    let n = 0;
    const refused = async (): Promise<unknown> => {
      for (;;) await registry.addPatient(patient(++n));
    };
    await t.rejects(refused(), { code: 'registry_disk_full', message: /nothing was changed/ });
    t.equal(registry.patient(patientId(`P${n}`)), undefined);
    t.ok(registry.patient(patientId('P0')));
    t.equal(registry.healthy, true);
    disk.free();
    await registry.addPatient(patient(n));
    t.ok(registry.patient(patientId(`P${n}`)));
  },
);
