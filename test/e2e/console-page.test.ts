import t from 'tap';
import { openScreen } from '../../scripts/rig/browser.ts';
import { systemClock } from '../../src/core/clock.ts';
import { issueInvitation } from '../../src/identity/console-sessions.ts';
import { type ClinicianId, clinicianId, wardId } from '../../src/model/ids.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { consoleBrowser, withoutBrowser } from '../support/console-browser.ts';

t.test('people at the console, in Chromium', { skip: withoutBrowser }, async (t) => {
  const { server, browser, reader } = await consoleBrowser(t);
  const { registry, clinicianUrl } = server;

  const invited = async (clinician: ClinicianId): Promise<string> => {
    const { code } = await issueInvitation({ registry, clock: systemClock() }, { clinician, ttlMs: 60_000 });
    return code;
  };

  await t.test('a link signs in once, and leaves nothing in the address', async (t) => {
    const clinician = clinicianId('nurse-link');
    await registry.putClinician({
      ...{ id: clinician, role: 'clinician', wards: [wardId('ward-1')], patients: [], active: true },
    });
    const code = await invited(clinician);
    const context = await openScreen(browser, { width: 1_280, height: 800 });
    const page = await context.newPage();
    await page.goto(`${clinicianUrl}/sign-in#${code}`);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    t.equal(new URL(page.url()).pathname, '/');
    t.equal(new URL(page.url()).hash, '');
    await page.getByText('Live', { exact: true }).waitFor();
    const [cookie] = await context.cookies();
    t.match(cookie, { httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });

    const other = await (await openScreen(browser, { width: 1_280, height: 800 })).newPage();
    await other.goto(`${clinicianUrl}/sign-in#${code}`);
    await other.getByRole('alert').waitFor();
    t.match(await other.getByRole('alert').textContent(), /did not work/);
    t.same(await accessibilityFaults(other), [], 'the sign-in is accessible');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    t.same(await context.cookies(), [], 'the cookie is gone');
    await page.reload();
    await page.getByText('Open the link that you were given.').waitFor();
  });

  await t.test('the link of an admin leads to the administration', async (t) => {
    const clinician = clinicianId('admin-link');
    await registry.putClinician({ id: clinician, role: 'admin', wards: [], patients: [], active: true });
    const code = await invited(clinician);
    const page = await (await openScreen(browser, { width: 1_280, height: 800 })).newPage();
    await page.goto(`${clinicianUrl}/sign-in#${code}`);
    await page.getByRole('heading', { name: 'System', level: 1 }).waitFor();
    t.equal(new URL(page.url()).pathname, '/admin');
  });

  await t.test('a link does not turn a page into somebody else’s unasked', async (t) => {
    const { page } = await reader('nurse-1', 'clinician');
    await page.getByText('Live', { exact: true }).waitFor();
    const other = clinicianId('nurse-other');
    await registry.putClinician({ id: other, role: 'clinician', wards: [], patients: [], active: true });
    const link = `${clinicianUrl}/sign-in#${await invited(other)}`;
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('alert').getByText('nurse-1 is signed in here.').waitFor();
    t.same(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Stay nurse-1' }).click();
    await page.locator('.who').getByText('nurse-1').waitFor();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('button', { name: /in with the link/ }).click();
    await page.locator('.who').getByText('nurse-other').waitFor();
  });

  await t.test('a session that an admin ends is over on the open page at once', async () => {
    const { page, session } = await reader('nurse-revoked', 'clinician');
    await page.getByText('Live', { exact: true }).waitFor();
    await registry.endSession(session, Date.now(), 'ended_by_admin');
    await page.getByText('Your session has ended.').waitFor({ timeout: 3_000 });
  });

  await t.test(
    'nothing but the server’s own files is asked for, and nothing breaks its policy',
    async (t) => {
      const { page, context } = await reader('nurse-policy', 'clinician');
      const asked: string[] = [];
      const complaints: string[] = [];
      context.on('request', (request) => void asked.push(request.url()));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.reload();
      await page.getByText('Live', { exact: true }).waitFor();
      t.ok(asked.length > 2);
      t.same(
        asked.filter((url) => new URL(url).host !== new URL(clinicianUrl).host),
        [],
      );
      t.same(complaints, []);
    },
  );

  await t.test('a server that is gone cannot be overlooked, and one that is back is live', async (t) => {
    const { page } = await reader('nurse-lost', 'clinician');
    await page.getByText('Live', { exact: true }).waitFor();
    const lost = page.getByRole('alert').filter({ hasText: 'CONNECTION LOST' });
    await Promise.all([lost.waitFor({ timeout: 10_000 }), server.restart()]);
    await page.getByText('Live', { exact: true }).waitFor();
    t.equal(await lost.count(), 0);
  });
});
