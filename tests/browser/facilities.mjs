// Several facilities, as people live it: the 50-row sheet with planted faults → the report names them → staff approve the
// good rows → one letter → one invitation redeemed by a new person, one while signed in → switch → MCO Complaints shows the
// other facility → the corrected rows are sent in again and approved. Needs the directory of tests/data imported.
import fs from 'node:fs';
import { check, findings, heading, launch, letter, look, person, send, staffCode } from './support.mjs';

const base = process.argv[2] ?? 'http://localhost:8080';
const complaints = base.replace(/\d+$/, (port) => Number(port) + 10);
const sample = 'a calm lake in november';
const password = 'seven quiet rivers in march';
const data = new URL('../data/', import.meta.url).pathname;
const truth = JSON.parse(fs.readFileSync(`${data}fifty-truth.json`, 'utf8'));

const browser = await launch();
const maria = await person(browser);
const mail = await person(browser);
const rosa = await person(browser);
const ann = await person(browser);

async function step(what, work) {
  try {
    await work();
    console.log(`ok   ${what}`);
  } catch (error) {
    console.log(`FAIL ${what}: ${error.message}`);
    await maria.screenshot({ path: `${process.env.PICTURES ?? '../../target/screenshots'}/failed.png`, fullPage: true });
    console.log(maria.url(), await maria.locator('main').innerText());
    await browser.close();
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}

let request;
let facilities = [];
await step('an active person uploads the sheet, and the report names exactly the planted faults', async () => {
  await maria.goto(`${base}/sign-in`);
  await send(maria, { username: 'lakeside', password: sample }, 'Sign in');
  await maria.goto(`${base}/facilities`);
  await look(maria, 'facilities');
  await maria.getByRole('link', { name: 'Add facilities' }).click();
  await look(maria, 'request-new');
  await maria.getByRole('link', { name: 'Or type a few' }).click();
  await look(maria, 'request-grid');
  await maria.goto(`${base}/facilities/requests/new`);
  await maria.locator('[name=file]').setInputFiles(`${data}fifty.csv`);
  await send(maria, { contact_email: truth.requester_email }, 'Check and send');
  request = maria.url();
  await look(maria, 'request-report');
  const found = new Map();
  for (const row of await maria.locator('tbody tr').all()) {
    const codes = (await row.locator('.finding').allInnerTexts()).map((text) => text.slice(0, 4)).sort();
    found.set(Number(await row.locator('td').first().innerText()), codes.join(' '));
    facilities.push((await row.locator('th').innerText()).split('\n')[0]);
  }
  for (const row of truth.rows) check(found.get(row.number) === row.codes.join(' '), `row ${row.number}: ${row.codes} and not ${found.get(row.number)}`);
  check(found.size === truth.rows.length, `${found.size} rows`);
  check((await maria.locator('main').innerText()).includes('42 in review'), '42 rows went to review');
  await letter(mail, base, 'lakeside@provider.example', '42 of 50 rows went to review');
  await look(mail, 'letter-report');
});

await step('staff approve the good rows, and each address gets one letter', async () => {
  await rosa.goto(`${base}/staff/requests`);
  await send(rosa, { username: 'rosa.reviewer', password: sample }, 'Sign in');
  await send(rosa, { otp: await staffCode(mail, base, 'rosa.reviewer') }, 'Sign in');
  await rosa.goto(`${base}/staff/requests`);
  await look(rosa, 'staff-requests');
  await rosa.locator(`tbody a[href="/staff/requests/${request.split('/').pop().split('?')[0]}"]`).click();
  await look(rosa, 'staff-request');
  await rosa.getByRole('button', { name: /good row/ }).click();
  check((await rosa.locator('.notice').innerText()).includes('decided'), 'rows were decided');
  await rosa.goto(`${base}/staff/invitations`);
  await look(rosa, 'staff-invitations');
  await rosa.goto(`${base}/staff/facilities`);
  await look(rosa, 'staff-facilities');
});

let links = [];
await step('one letter lists the facilities; a new person redeems one', async () => {
  await letter(mail, base, truth.requester_email, 'You have been invited');
  await look(mail, 'letter-invitation');
  links = await mail.locator('.letter a').evaluateAll((all) => all.map((a) => a.href).filter((href) => href.includes('/redeem')));
  check(links.length > 20, `${links.length} facilities in one letter`);
  await ann.goto(links[0]);
  await look(ann, 'redeem-code');
  await send(ann, {}, 'Redeem');
  await look(ann, 'register-invited');
  await send(ann, { username: `ann.${Date.now().toString(36)}`, password, confirm_password: password }, 'Register');
  await look(ann, 'profile-invited');
  await send(ann, { first_name: 'Ann', last_name: 'Rivera' }, 'Update');
  check(await heading(ann) === 'Portal home', await heading(ann));
  await look(ann, 'home-invited');
});

await step('another is redeemed while signed in, beside the account that is there', async () => {
  await maria.goto(links[1]);
  await send(maria, {}, 'Redeem');
  check((await heading(maria)).startsWith('Add '), await heading(maria));
  await look(maria, 'register-beside');
  await send(maria, { username: `lakeside.${Date.now().toString(36)}` }, /Add this facility/);
  await look(maria, 'profile-beside');
  await send(maria, {}, 'Update');
  check(await heading(maria) === 'Portal home', await heading(maria));
});

await step('switch, and MCO Complaints shows the other facility', async () => {
  await maria.goto(complaints);
  await maria.getByRole('link', { name: /Sign in/ }).click();
  check((await heading(maria)).startsWith('For which facility'), await heading(maria));
  await look(maria, 'choose-account');
  await maria.getByRole('button', { name: 'Act for Lakeside Nursing Center' }).click();
  await send(maria, {}, 'Allow and continue');
  const first = await maria.locator('main').innerText();
  check(first.includes('Lakeside Nursing Center'), first);
  await maria.goto(`${base}/switch`);
  await look(maria, 'switch');
  await maria.locator('.choice button:not(:has-text("Lakeside"))').first().click();
  await maria.getByRole('link', { name: 'MCO Complaints' }).click();
  if ((await heading(maria)).startsWith('Continue to')) await send(maria, {}, 'Allow and continue');
  const second = await maria.locator('main').innerText();
  check(!second.includes('Lakeside Nursing Center') && second.includes('Synthetic'), second);
  await look(maria, 'complaints-other-facility');
});

await step('corrected rows are sent in again and approved', async () => {
  await maria.goto(`${request}?show=correct`);
  await look(maria, 'request-correct');
  await maria.getByRole('link', { name: /Correct row/ }).first().click();
  await look(maria, 'row-form');
  const row = truth.rows.find((row) => row.codes.includes('MI06'));
  await maria.goto(`${request}/rows/${row.number}`);
  const damaged = await maria.locator('[name=medicaid_id]').inputValue();
  await send(maria, { medicaid_id: `0${damaged}` }, 'Send corrections');
  check((await maria.locator('.notice').innerText()).includes('1 corrected row'), 'the row was taken');
  await rosa.goto(`${base}/staff/requests`);
  await rosa.locator(`tbody a[href="/staff/requests/${request.split('/').pop().split('?')[0]}"]`).click();
  await rosa.locator(`[name=row_${row.number}]`).check();
  await rosa.getByRole('button', { name: 'Approve the picked rows' }).click();
  check((await rosa.locator('.notice').innerText()).includes('1 row was decided'), 'the row was approved');
  for (const place of ['/forgot-username', '/facilities/link', '/facilities', '/profile']) {
    await maria.goto(base + place);
    await look(maria, place.slice(1).replace('/', '-'));
  }
});

await step('axe finds nothing, and every page fits 320 px', async () => {
  check(findings.length === 0, `\n  ${findings.join('\n  ')}`);
});

await browser.close();
console.log('1 passed, 0 failed');
