import { readFileSync } from 'node:fs';
import t from 'tap';
import { startArguments } from '../../../scripts/rig/start-arguments.ts';

t.test('a rig’s server is given what npm start gives', async (t) => {
  const start = (text: string) => startArguments(JSON.stringify({ scripts: { start: text } }));
  t.same(start('exec node --a=1 --b src/main.ts'), ['--a=1', '--b']);
  t.same(start('exec node src/main.ts'), []);
  t.same(
    start('node scripts/console.ts && exec node --a src/main.ts'),
    ['--a'],
    'after what is built before',
  );
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.ok(scripts.start.endsWith(['exec node', ...startArguments(), 'src/main.ts'].join(' ')), scripts.start);
});
