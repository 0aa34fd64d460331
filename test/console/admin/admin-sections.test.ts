import t from 'tap';
import { isWithin, sectionsOf } from '../../../src/console/admin/admin-sections.ts';

t.test('what the role may not do is not offered', async (t) => {
  t.same(sectionsOf('admin'), ['system', 'devices', 'patients', 'people', 'sessions', 'audit']);
  t.same(sectionsOf('charge'), ['devices', 'patients']);
  t.same(sectionsOf('clinician'), []);
});

t.test('a device is among the devices, and nothing but its own path is the system', async (t) => {
  t.ok(isWithin('devices', '/admin/devices/wrist-7'));
  t.ok(isWithin('system', '/admin'));
  t.notOk(isWithin('system', '/admin/devices'));
  t.notOk(isWithin('devices', '/admin/devices-of-old'));
});
