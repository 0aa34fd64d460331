import t from 'tap';
import { returnPath } from '../../src/protocol/return-path.ts';

t.test('paths of the console are led to as they came', async (t) => {
  const good = [
    '/',
    '/alarms',
    '/patients/p-1',
    '/patients/p-1?range=24h&vital=spo2',
    '/admin/devices/d-1',
    '/?ward=ward-1',
    '/patients/a%20b',
    '/alarms?since=2026-01-01T00:00:00Z&next=//x',
  ];
  for (const path of good) t.equal(returnPath(path), path);
});

t.test('0 of what another site, a program or a circle could be made of', async (t) => {
  const bad = [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%2fevil.example',
    '/%2Fevil.example',
    '/%5cevil.example',
    '/%5Cevil.example',
    '/a//evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e%2e/evil.example',
    '/\t/evil.example',
    '/%09/evil.example',
    '/\n/evil.example',
    '/%00',
    ' /evil',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.example',
    '',
    '/a"onclick="x',
    '/a#//evil.example',
    '/a;url=https://evil.example',
    '/a?b=<script>',
    '/a?\\evil',
    '/v1/session',
    '/V1/sign-in/openid',
    '/sign-in',
    `/${'a'.repeat(512)}`,
    ['/alarms'],
    undefined,
    null,
    7,
  ];
  for (const path of bad) t.equal(returnPath(path), '/', JSON.stringify(path));
});
