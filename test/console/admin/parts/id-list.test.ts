import t from 'tap';
import { idFault } from '../../../../src/console/admin/parts/id-fault.ts';
import { idList, idListFault } from '../../../../src/console/admin/parts/id-list.ts';

t.test('ids are apart by commas, blanks and lines, and are there once', async (t) => {
  t.same(idList(' north, south\nnorth;;p-1 '), ['north', 'south', 'p-1']);
  t.same(idList('  '), []);
});

t.test('what is no id is named', async (t) => {
  t.equal(idFault('wrist-7'), undefined);
  t.equal(idFault(' wrist-7 '), undefined);
  t.match(idFault('Anna Ärlig'), /Anna Ärlig/);
  t.match(idFault('-x'), /“-x”/);
  t.match(idFault('x'.repeat(65)), /1 to 64/);
  t.match(idFault(''), /Enter/);
  t.match(idListFault('north, sóuth', 5), /“sóuth”/);
  t.match(idListFault('a b c', 2), /at most 2/);
  t.equal(idListFault('', 2), undefined);
});
