import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import type { DeviceClient } from '../../src/client/device-client.ts';
import { accessibilityFaults } from '../support/axe.ts';
import { consoleBrowser, withoutBrowser } from '../support/console-browser.ts';
import { readNumerics, recordingsDirectory } from '../support/recordings.ts';
import { relayTo } from '../support/relay.ts';

const recordings = recordingsDirectory();
const skip = withoutBrowser || (recordings === null ? 'there are no recorded vitals' : false);

/** How long before the first SpO2 below 80 % the replay begins. */
const BEFORE_S = 2;
/** SpO2 below 80 % alarms at once, with high priority (built-in limits). */
const SEVERE = 80;

/** A recorded desaturation, from shortly before SpO2 falls below 80 %. */
function desaturation(file: string) {
  const samples = readNumerics(join(recordings ?? '', 'uw_fio2', file));
  const first = samples.findIndex(({ spo2 }) => spo2 !== undefined && spo2 < SEVERE);
  return samples.slice(first - BEFORE_S);
}

/** Plays it as it was recorded, a moment a second, until stopped. @returns when the first severe moment was sent */
function replay(client: DeviceClient, samples: ReturnType<typeof desaturation>) {
  const breached = Promise.withResolvers<number>();
  let next = 0;
  const send = (): void => {
    const sample = samples[next];
    next += 1;
    if (sample === undefined) return;
    client.sendVitals([{ ...sample, t: Date.now() }]);
    if (sample.spo2 !== undefined && sample.spo2 < SEVERE) breached.resolve(Date.now());
  };
  const playing = setInterval(send, 1_000);
  send();
  return { breached: breached.promise, stop: () => clearInterval(playing) };
}

const row = (page: Page, patient: string) => page.locator(`[data-alarm^="${patient}:spo2:low"]`);

t.test('a desaturation, from the wearable to the people at their screens', { skip }, async (t) => {
  const { server, reader } = await consoleBrowser(t);
  const wearing = async (patient: string): Promise<DeviceClient> =>
    server.client(await server.wearable(`watch-${patient}`, patient));
  const [first, second] = [await wearing('p-1'), await wearing('p-2')];
  const { page: lead } = await reader('lead-1', 'charge', { path: '/alarms' });
  const { page: nurse } = await reader('nurse-1', 'clinician', { path: '/alarms' });
  // A browser sounds nothing before somebody has touched the page.
  await lead.locator('h1').first().click();
  const html = lead.locator('html');
  await lead.locator('html[data-sound="on"]').waitFor();

  const latencies: number[] = [];
  const plays: (() => void)[] = [];
  t.teardown(() => {
    for (const stop of plays) stop();
  });

  await t.test('is an alarm on the screen within a second, and is heard', async (t) => {
    for (const [patient, client, file] of [
      ['p-1', first, 'subject_1.csv'],
      ['p-2', second, 'subject_2.csv'],
    ] as const) {
      const { breached, stop } = replay(client, desaturation(file));
      plays.push(stop);
      const sentAt = await breached;
      await row(lead, patient).waitFor();
      latencies.push(Date.now() - sentAt);
      t.match(await row(lead, patient).textContent(), /SpO2 low/);
      t.equal(await row(lead, patient).getAttribute('data-state'), 'on');
    }
    t.match(await html.getAttribute('data-sounding'), /:spo2:low:/);
    // Both are the same work: a machine that was busy with something else for one of them was not slow.
    t.ok(Math.min(...latencies) < 1_000, `${latencies.join(' and ')} ms`);
  });

  await t.test('acknowledged on one screen, it is acknowledged on the other', async (t) => {
    await row(nurse, 'p-1').getByRole('button', { name: 'Acknowledge' }).click();
    await row(lead, 'p-1')
      .getByText(/acknowledged by nurse-1/i)
      .waitFor();
    t.equal(await row(lead, 'p-1').getAttribute('data-state'), 'acknowledged');
    await row(nurse, 'p-2').focus();
    await nurse.keyboard.press('a');
    await row(nurse, 'p-2')
      .getByText(/acknowledged by/)
      .waitFor();
    t.match(await nurse.locator(':focus').getAttribute('data-alarm'), /p-/, 'the focus stays in the list');
    await lead.locator('html:not([data-sounding])').waitFor();
  });

  await t.test('a charge nurse shelves it with a reason, and takes it off the shelf', async (t) => {
    t.equal(await row(nurse, 'p-1').getByRole('button', { name: 'Shelve' }).count(), 0, 'a nurse does not');
    await row(lead, 'p-1').getByRole('button', { name: 'Shelve' }).click();
    const dialog = lead.getByRole('dialog');
    await dialog.getByLabel('Why').fill('Known hypoxia, is being seen to');
    t.same(await accessibilityFaults(lead), [], 'the dialog is accessible');
    await dialog.getByRole('button', { name: /^Shelve/ }).click();
    const shelf = nurse.locator('[data-shelf]');
    await shelf.getByText(/Known hypoxia/).waitFor();
    await lead.locator('[data-shelf]').getByRole('button', { name: 'Take off the shelf' }).click();
    await shelf.waitFor({ state: 'detached' });
  });

  await t.test('limits are tried on what is stored, and changed', async (t) => {
    await lead.goto(`${server.clinicianUrl}/patients/p-1`);
    await lead.getByRole('button', { name: 'Change the limits of SpO2 low' }).click();
    const dialog = lead.getByRole('dialog');
    await dialog
      .getByRole('group', { name: 'High' })
      .getByLabel(/^Below/)
      .fill('60');
    await dialog
      .getByRole('group', { name: 'Medium' })
      .getByLabel(/^Below/)
      .fill('65');
    await server.app.drained();
    await dialog.getByRole('button', { name: /^Try it/ }).click();
    const alarms = dialog.getByRole('row', { name: /^Alarms/ });
    await alarms.waitFor();
    t.same(await alarms.getByRole('cell').allTextContents(), ['1', '0'], 'today one, with these none');
    await dialog.getByLabel('Why?').fill('Volunteer in a study of low oxygen');
    t.same(await accessibilityFaults(lead), [], 'the editor is accessible');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await lead.getByText('below 60 % at once').waitFor();
    await row(lead, 'p-1').waitFor({ state: 'detached' });
  });

  await t.test('a screen that was away is told what happened meanwhile', async (t) => {
    const relay = await relayTo(t, server.clinicianUrl);
    const { page } = await reader('nurse-2', 'clinician', { path: '/alarms', base: relay.url });
    await row(page, 'p-2').waitFor();
    relay.cut();
    const lost = page.getByRole('alert').filter({ hasText: 'CONNECTION LOST' });
    await lost.waitFor();
    t.match(await page.locator('.shell').getAttribute('class'), /lost/);
    const heart = await wearing('p-3');
    const at = Date.now();
    heart.sendVitals(Array.from({ length: 8 }, (_, i) => ({ t: at - 8_000 + i * 1_000, heart_rate: 165 })));
    await heart.drain({ timeoutMs: 5_000 });
    relay.mend();
    await lost.waitFor({ state: 'detached' });
    await page.locator('[data-alarm^="p-3:heart_rate:high"]').waitFor();
    await page
      .getByRole('region', { name: /happened/i })
      .getByText(/HR high/)
      .first()
      .waitFor();
  });

  await t.test('every view is accessible: WCAG 2.2 AA, as far as a program sees', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const path of ['/', '/alarms', '/patients/p-2']) {
        await nurse.emulateMedia({ colorScheme });
        await nurse.goto(`${server.clinicianUrl}${path}`);
        await nurse.getByText('Live', { exact: true }).waitFor();
        t.same(await accessibilityFaults(nurse), [], `${path}, ${colorScheme}`);
      }
  });
});
