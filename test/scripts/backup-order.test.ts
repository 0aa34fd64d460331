import { join } from 'node:path';
import t from 'tap';
import { DATABASE_FILES } from '../../scripts/backup/database-files.ts';
import { Snapshot } from '../../scripts/backup/snapshot.ts';
import { QuarantineDatabase } from '../../src/store/quarantine-database.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';

/** `npm run quarantine -- retry` takes no lock: each of its two steps may come after any of the snapshots. */
const names = DATABASE_FILES.map(({ name }) => name).filter((name) => /quarantine|telemetry/.test(name));
for (const [written, removed] of [
  [0, 0],
  [0, 1],
  [1, 1],
])
  t.test(
    `a point is in the set though it is written after ${written} and leaves quarantine after ${removed} of ${names}`,
    async (t) => {
      const data = t.testdir();
      const point = moment(T0, { spo2: 97 });
      using quarantine = new QuarantineDatabase({ path: join(data, 'quarantine.db') });
      quarantine.add([{ at: T0, code: 'store_invalid', message: 'refused', point: JSON.stringify(point) }]);
      await using store = sqliteStore({ path: join(data, 'telemetry.db') });
      await store.open();
      let kept = 0;
      for (const [taken, name] of names.entries()) {
        if (taken === written) await store.write([point]);
        if (taken === removed) quarantine.remove([1]);
        using snapshot = new Snapshot(join(data, name));
        const table = name === 'telemetry.db' ? 'vitals' : 'points';
        kept += Number(snapshot.database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
      }
      t.ok(kept > 0);
    },
  );
