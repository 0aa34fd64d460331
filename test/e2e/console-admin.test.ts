import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import t from 'tap';
import { openScreen } from '../../scripts/rig/browser.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { consoleBrowser, withoutBrowser } from '../support/console-browser.ts';

/** Presses what asks, fills in what the dialog needs, and presses its last button. */
async function through(page: Page, press: string, fill: () => Promise<void> = async () => {}): Promise<void> {
  await page.getByRole('button', { name: press, exact: true }).click();
  await fill();
  const dialog = page.getByRole('dialog');
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'detached' });
}

t.test('an admin looks after the service at the console', { skip: withoutBrowser }, async (t) => {
  const { server, browser, reader } = await consoleBrowser(t);
  const { clinicianUrl } = server;
  const [{ page }, { page: lead }] = await Promise.all([
    reader('admin-1', 'admin', { path: '/admin' }),
    reader('lead-1', 'charge', { path: '/admin' }),
    server.wearable('watch-1', 'p-1'),
    server.wearable('watch-2', 'p-2'),
  ]);
  const to = (name: string) => page.getByRole('link', { name, exact: true }).click();
  const dialog = page.getByRole('dialog');

  await t.test('the state of the service, and that it is old when it cannot be read', async () => {
    await page.getByRole('heading', { name: 'Unattended alarms' }).waitFor();
    await page.getByText('None: a screen has every live alarm.').waitFor();
    await page.route('**/v1/system', (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('alert').filter({ hasText: 'COULD NOT BE REFRESHED' }).waitFor();
    await page.unroute('**/v1/system');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('COULD NOT BE REFRESHED').waitFor({ state: 'detached' });
  });

  await t.test('a device is suspended, and revoked once its id is typed', async (t) => {
    await to('Devices');
    await page.getByRole('row', { name: /watch-2/ }).waitFor();
    await page.getByLabel('Find').fill('p-1');
    await page.getByRole('row', { name: /watch-2/ }).waitFor({ state: 'detached' });
    await to('watch-1');
    await page.goBack();
    t.equal(await page.getByLabel('Find').inputValue(), 'p-1', 'what was looked for stays');
    await to('watch-1');
    await through(page, 'Suspend …', async () => {
      await dialog.getByText('p-1 wears it').waitFor();
    });
    await page.getByText('watch-1 is suspended.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
    });

    await page.getByRole('button', { name: 'Revoke for good …' }).click();
    const revoke = dialog.getByRole('button', { name: 'Revoke for good' });
    await dialog.getByLabel('To confirm').fill('watch-2');
    await revoke.click();
    await dialog.getByText('Choose a reason.').waitFor();
    await dialog.getByText('This is not watch-1.').waitFor();
    t.same(await accessibilityFaults(page), [], 'faults beside their fields are accessible');
    t.same(asked, [], 'nothing was asked for');
    await dialog.getByLabel('Why').selectOption({ value: 'keyCompromise' });
    await dialog.getByLabel('To confirm').fill('watch-1');
    await revoke.click();
    await page.getByText('watch-1 is revoked.').waitFor();
    t.same(asked, ['/v1/devices/watch-1/revoke']);
    await page.getByRole('cell', { name: /REVOKED.*its key may be/i }).waitFor();
    t.equal(await page.getByRole('button', { name: 'Revoke for good …' }).count(), 0);
  });

  await t.test('a patient moves; what is refused stays as it was typed', async (t) => {
    await to('Patients');
    await through(page, 'Change p-2: ward and label', () => dialog.getByLabel('Ward').fill('ward-2'));
    await page.getByText('p-2 is changed.').waitFor();
    await page.getByRole('row', { name: /p-2.*ward-2/ }).waitFor();
    await page.getByRole('button', { name: 'Add a patient' }).click();
    await dialog.getByLabel('Id (not').fill('p-1');
    await dialog.getByLabel('Ward').fill('ward-1');
    await dialog.getByRole('button', { name: 'Add' }).click();
    t.match(await dialog.getByRole('alert').textContent(), /p-1/);
    t.equal(await dialog.getByLabel('Id (not').inputValue(), 'p-1');
    await page.keyboard.press('Escape');
  });

  const invited = await (await openScreen(browser, { width: 1_280, height: 800 })).newPage();

  await t.test('a person is added, and signs in with the link they are given', async (t) => {
    await to('People');
    t.match(await page.getByRole('row', { name: /admin-1/ }).textContent(), /another administrator/);
    await through(page, 'Add a person', async () => {
      await dialog.getByLabel('Id', { exact: true }).fill('nurse-new');
      await dialog.getByLabel(/^Wards/).fill('ward-1, ward-2');
    });
    await page.getByRole('button', { name: 'Invite nurse-new' }).click();
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
    t.ok(link.startsWith(`${clinicianUrl}/sign-in#`));
    t.same(await accessibilityFaults(page), [], 'the link is accessible');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await invited.goto(link);
    await invited.getByText('Live', { exact: true }).waitFor();
    await invited.goto(`${clinicianUrl}/admin/audit`);
    await invited.getByText('This part is for administrators.').waitFor();
  });

  await t.test('their session is ended, and their page says so', async () => {
    await to('Sessions');
    await page.getByText('This page: sign out above.').waitFor();
    await through(page, 'End the session of nurse-new');
    await page.getByText('A session of nurse-new has ended.').waitFor();
    await invited.getByText('Your session has ended.').waitFor();
  });

  await t.test('the trail has it all, and is saved as lines', async (t) => {
    await to('Audit trail');
    await page
      .getByRole('row', { name: /Session ended/ })
      .first()
      .waitFor();
    await page.getByLabel('Who (').fill('admin-1');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('all there are').waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Save/ }).click(),
    ]);
    t.match(file.suggestedFilename(), /^audit-\d+-\d+\.jsonl$/);
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\n');
    const acts = lines.map((line) => JSON.parse(line)).map(({ action, subject }) => `${action} ${subject}`);
    for (const act of [
      ...['device_suspended watch-1', 'device_revoked watch-1', 'patient_changed p-2'],
      ...['clinician_changed nurse-new', 'invitation_issued nurse-new', 'session_ended nurse-new'],
    ])
      t.ok(acts.includes(act), act);
    t.equal(await page.locator('tbody tr').count(), lines.length);
  });

  await t.test('every part is accessible in both themes, and fits a phone', async (t) => {
    for (const part of ['System', 'Devices', 'watch-2', 'Patients', 'People', 'Sessions', 'Audit trail']) {
      await to(part);
      await page.getByRole('heading', { level: 1, name: part }).waitFor();
      await page.getByText(/^As of/).waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        t.same(await accessibilityFaults(page), [], `${part}, ${colorScheme}`);
      }
      await page.setViewportSize({ width: 360, height: 780 });
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      t.equal(over, 0, `${part} is no wider than a phone`);
      await page.setViewportSize({ width: 1_280, height: 800 });
    }
  });

  await t.test('a charge nurse reads devices and patients, and changes nothing', async (t) => {
    await lead.getByRole('button', { name: 'Refresh' }).click();
    await lead.getByRole('link', { name: 'watch-1' }).click();
    await lead.getByRole('heading', { name: 'Certificates' }).waitFor();
    t.equal(await lead.getByRole('button', { name: /Revoke|Suspend|Assign/ }).count(), 0);
    const parts = lead.getByRole('navigation', { name: 'Administration' }).getByRole('link');
    t.same(await parts.allTextContents(), ['Devices', 'Patients']);
  });
});
