import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runCases } from '../../scripts/fuzz/run-cases.ts';

const CASES = join(import.meta.dirname, 'cases');

for (const kind of ['json', 'cbor'] as const) {
  t.test(`${kind}: recorded cases are read and refused as their names say`, async (t) => {
    const result = runCases(join(CASES, kind), kind);
    t.same(result.findings, []);
    t.ok(result.mustAccept > 30 && result.mustRefuse > 30 && result.either > 10, 'there are some of each');
  });
}

t.test('a case that is not as its name says is found', async (t) => {
  const directory = t.testdir({
    'y_wrong.json': '{"a":1,}',
    'n_right.json': '{"a":1}',
    'i_any.json': '[1e999]',
    'n_frame.json': '{"type":"status","seq":1}',
    'README.json': 'no case',
  });
  const { files, eitherAccepted, findings } = runCases(directory, 'json');
  t.match({ files, eitherAccepted }, { files: 4, eitherAccepted: 1 });
  const of = (file: string) => findings.filter((one) => one.file === file).map(({ message }) => message);
  t.match(of('y_wrong.json'), [
    /^device: must be read, and is not JSON/,
    /within a frame/,
    /^feed: /,
    /within a frame/,
  ]);
  t.match(of('n_right.json')[0], /type is missing/);
  t.match(of('n_frame.json')[0], /was taken for a frame/);
  t.equal(of('i_any.json').length, 0);
});

t.test('a directory without cases is told', async (t) => {
  const directory = t.testdir({ 'cases.txt': '' });
  t.throws(() => runCases(directory, 'json'), { code: 'options_invalid' });
  t.throws(() => runCases(join(directory, 'none'), 'cbor'), { code: 'options_invalid' });
  mkdirSync(join(directory, 'deep'));
  writeFileSync(join(directory, 'deep/n_odd.hex'), '0');
  t.throws(() => runCases(directory, 'cbor'), { code: 'options_invalid', message: /two digits a byte/ });
});
