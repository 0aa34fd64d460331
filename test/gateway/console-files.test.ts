import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { addConsoleFiles, CONSOLE_PATHS } from '../../src/gateway/console-files.ts';

const SCRIPT = 'console.log("page")';

/** A Fastify server with the page in it, as a build leaves it. */
async function served(t: Test, built = true) {
  const directory = t.testdir();
  if (built) {
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'index.html'), '<!doctype html><title>page</title>');
    writeFileSync(join(directory, 'assets/index-1a2b3c.js'), SCRIPT);
    writeFileSync(join(directory, 'assets/index-1a2b3c.js.br'), brotliCompressSync(SCRIPT));
    writeFileSync(join(directory, 'assets/index-1a2b3c.js.gz'), gzipSync(SCRIPT));
    writeFileSync(join(directory, 'build.json'), '{}');
  }
  const app = Fastify();
  t.teardown(() => app.close());
  await addConsoleFiles(app, directory);
  return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
}

t.test('one document answers every path of the page, and is asked for anew each time', async (t) => {
  const get = await served(t);
  for (const path of CONSOLE_PATHS) {
    const { statusCode, headers, body } = await get(path.replace(':id', 'p-1').replace('*', 'devices/d-1'));
    t.equal(statusCode, 200, path);
    t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }, path);
    t.match(body, '<title>page</title>', path);
  }
});

t.test('nothing inline, no other host, nobody else’s frame', async (t) => {
  const get = await served(t);
  for (const path of ['/', '/assets/index-1a2b3c.js']) {
    const { headers } = await get(path);
    const policy = String(headers['content-security-policy']);
    t.match(policy, "default-src 'none'");
    t.match(policy, "frame-ancestors 'none'");
    t.notMatch(policy, /unsafe|https?:|\*/, path);
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }, path);
  }
});

t.test('what the document loads comes compressed as it was built, and is kept for good', async (t) => {
  const get = await served(t);
  const brotli = await get('/assets/index-1a2b3c.js', { 'accept-encoding': 'gzip, br' });
  t.equal(brotli.headers['content-encoding'], 'br');
  t.equal(brotliDecompressSync(brotli.rawPayload).toString(), SCRIPT);
  t.match(brotli.headers['cache-control'], /max-age=31536000, immutable/);
  t.match(brotli.headers['content-type'], /javascript/);
  const gzip = await get('/assets/index-1a2b3c.js', { 'accept-encoding': 'gzip' });
  t.equal(gzip.headers['content-encoding'], 'gzip');
  const plain = await get('/assets/index-1a2b3c.js');
  t.equal(plain.headers['content-encoding'], undefined);
  t.equal(plain.body, SCRIPT);
});

t.test('nothing but what was built is served', async (t) => {
  const get = await served(t);
  for (const path of [
    '/build.json',
    '/assets/../build.json',
    '/assets/%2e%2e/build.json',
    '/assets/',
    '/assets/.env',
  ])
    t.not((await get(path)).statusCode, 200, path);
});

t.test('without a build the page says how to make it', async (t) => {
  const get = await served(t, false);
  const { statusCode, body } = await get('/');
  t.not(statusCode, 200);
  t.match(body, 'npm run console');
});
