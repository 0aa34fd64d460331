import t from 'tap';
import { verdictText } from '../../scripts/backup/verdict-text.ts';

t.test('what is found in a damaged file cannot speak to the terminal', (t) => {
  const faults = ['event 7 says that it is event \u001b[2J\u202e'];
  const file = { file: 'alarms.db', sound: false, detail: '', faults, moreFaults: 0, cure: null };
  const text = verdictText([file]);
  t.match(text, /alarms\.db: event 7 says that it is event \ufffd\[2J\ufffd\n/);
  t.notMatch(text, '\u001b');
  t.end();
});

t.test('a database that is not there and need not be is told, since it may have been lost', (t) => {
  t.match(
    verdictText([], ['telemetry.db', 'quarantine.db']),
    /^telemetry\.db: not there: .*InfluxDB.*\nquarantine\.db: not there: /,
  );
  t.end();
});
