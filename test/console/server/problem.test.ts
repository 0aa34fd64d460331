import t from 'tap';
import { problemOf } from '../../../src/console/server/problem.ts';
import { path } from '../../../src/console/server/rest.ts';

t.test('problem details keep their code, their words and their cure', async (t) => {
  const body = {
    code: 'patient_forbidden',
    detail: 'patient p-9 is unknown',
    cure: 'Ask for access.',
    status: 403,
  };
  const problem = await problemOf(new Response(JSON.stringify(body), { status: 403 }));
  t.match(problem, {
    code: 'patient_forbidden',
    message: 'patient p-9 is unknown',
    cure: 'Ask for access.',
    status: 403,
  });
});

t.test('what something on the way answers is a problem too', async (t) => {
  for (const body of ['<html>bad gateway</html>', '', 'null', '[1]']) {
    const problem = await problemOf(new Response(body, { status: 502, statusText: 'Bad Gateway' }));
    t.match(problem, { code: 'http_502', message: '502 Bad Gateway', status: 502 });
  }
});

t.test('ids of alarms are one segment of a path', async (t) => {
  t.equal(
    path('v1', 'alarms', 'p-1:spo2:low:17', 'acknowledge'),
    '/v1/alarms/p-1%3Aspo2%3Alow%3A17/acknowledge',
  );
});
