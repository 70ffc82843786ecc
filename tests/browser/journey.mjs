// The main loop, as people live it: register → confirm → profile → staff approves → letter → sign in to MCO Complaints
// → ticket filed → suspended → ticket refused. Runs against `gatehouse demo`, whose address is given.
import { check, findings, heading, launch, letter, look, person, send, staffCode } from './support.mjs';

const base = process.argv[2] ?? 'http://localhost:8080';
const complaints = base.replace(/\d+$/, (port) => Number(port) + 10);
const password = 'seven quiet rivers in march';
const sample = 'a calm lake in november';
const name = `meadow.${Date.now().toString(36)}`;
const address = `${name}@meadow.example`;

const browser = await launch();
const anna = await person(browser);
const mail = await person(browser);

async function step(what, work) {
  try {
    await work();
    console.log(`ok   ${what}`);
  } catch (error) {
    console.log(`FAIL ${what}: ${error.message}`);
    await anna.screenshot({ path: `${process.env.PICTURES ?? '../../target/screenshots'}/failed.png` });
    await browser.close();
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}

await step('the three tabs stand on every signed-out page', async () => {
  for (const [place, title] of [['/sign-in', 'Sign in'], ['/register', 'Register'], ['/redeem', 'Redeem invitation'], ['/forgot-password', '']]) {
    await anna.goto(base + place);
    check((await anna.locator('.tabs a').allInnerTexts()).join() === 'Sign in,Register,Redeem invitation', place);
    if (title) check((await anna.locator('.tabs a[aria-current]').innerText()) === title, place);
    await look(anna, place.slice(1));
  }
  await send(anna, { username: 'nobody-here' }, 'Send me a link');
  await look(anna, 'forgot-password-sent');
  await anna.goto(`${base}/redeem`);
  await send(anna, { code: 'not-a-code' }, 'Redeem');
  await look(anna, 'redeem-unknown');
  await anna.goto(`${base}/no-such-page`);
  await look(anna, 'not-found');
});

await step('register, with what is wrong said beside each field', async () => {
  await anna.goto(`${base}/register`);
  await send(anna, { email: 'anna', username: 'a@b', password: 'short', confirm_password: 'other' }, 'Register');
  check(await anna.locator('.field .problem').count() === 4, 'four fields have problems');
  check(await anna.locator('[name=email]').inputValue() === 'anna', 'values are kept');
  await look(anna, 'register-problems');
  await send(anna, { email: address, username: 'lakeside', password, confirm_password: password }, 'Register');
  check((await anna.locator('.field .problem').innerText()).includes('lakeside-2'), 'free names are suggested');
  await send(anna, { email: address, username: name, password, confirm_password: password }, 'Register');
  check(await heading(anna) === 'Complete your registration', await heading(anna));
  await look(anna, 'profile-empty');
});

await step('profile: the check digit is checked, and the address asked for', async () => {
  const profile = {
    first_name: 'Anna', last_name: "Meyer-O'Brien", contact_phone: '(217) 555-0142', organization_name: 'Meadow Nursing Home',
    organization_type: 'facility', medicaid_id: '070000005001', npi: '2000000030',
  };
  await send(anna, profile, 'Update');
  check((await anna.locator('.field .problem').innerText()).includes('last digit'), 'the NPI is refused');
  await look(anna, 'profile-problem');
  await send(anna, { npi: '2000000036' }, 'Update');
  check(await heading(anna) === 'Your registration', await heading(anna));
  check((await anna.locator('main').innerText()).includes(address), 'the page says where the letter went');
  await look(anna, 'status-awaiting-email');
});

await step('the link confirms in the session that registered; elsewhere it asks for the password', async () => {
  const { link, text } = await letter(mail, base, address, 'Confirm your email address');
  await look(mail, 'letter-confirm');
  check(text.includes(name), 'the letter names the account');
  const elsewhere = await person(browser);
  await elsewhere.goto(link);
  check(await heading(elsewhere) === 'Sign in with a local account', 'another browser has to sign in');
  check(!elsewhere.url().includes('code='), 'the code left the address bar');
  await elsewhere.context().close();
  await anna.goto(link);
  check(await heading(anna) === 'Confirm your email address', await heading(anna));
  await look(anna, 'confirm');
  await send(anna, {}, 'Confirm');
  check((await anna.locator('main').innerText()).includes('decide by'), 'the clock runs');
  await look(anna, 'status-in-review');
  await letter(mail, base, address, 'We received your registration request');
  await look(mail, 'letter-received');
});

await step('until then, Gatehouse and nowhere else', async () => {
  await anna.goto(complaints);
  await look(anna, 'complaints-signed-out');
  await anna.getByRole('link', { name: /Sign in/ }).click();
  check(await heading(anna) === 'Your registration', await heading(anna));
  check(anna.url().startsWith(base), anna.url());
  await look(anna, 'status-from-application');
});

const rosa = await person(browser);
await step('a reviewer signs in with two factors and approves', async () => {
  await rosa.goto(`${base}/staff/queue`);
  await send(rosa, { username: 'rosa.reviewer', password: sample }, 'Sign in');
  check(await heading(rosa) === 'One more step', await heading(rosa));
  await look(rosa, 'second-factor');
  await send(rosa, { otp: '000000' }, 'Sign in');
  check((await rosa.locator('.field .problem, .summary').first().innerText()).length > 0, 'a wrong code is refused');
  await send(rosa, { otp: await staffCode(mail, base, 'rosa.reviewer') }, 'Sign in');
  check(await heading(rosa) === 'Queue', await heading(rosa));
  await look(rosa, 'queue');
  await rosa.getByRole('link', { name: 'Meadow Nursing Home' }).click();
  await look(rosa, 'case');
  await rosa.getByRole('button', { name: 'Hold' }).click();
  await send(rosa, {}, 'Return for correction');
  check(await rosa.locator('.summary').count() === 1, 'a return needs a reason');
  await look(rosa, 'case-problem');
  await send(rosa, {}, 'Approve');
  check((await rosa.locator('.notice').innerText()).includes('Approved by rosa.reviewer'), 'the decision is shown');
  await look(rosa, 'case-approved');
});

await step('the letter; then MCO Complaints asks once, and shows the facility', async () => {
  const { link } = await letter(mail, base, address, 'You can now sign in');
  await look(mail, 'letter-approved');
  await anna.goto(`${base}/sign-out`);
  await look(anna, 'sign-out');
  await send(anna, {}, 'Yes, sign out');
  await look(anna, 'signed-out');
  await anna.goto(link);
  await send(anna, { username: name, password: 'not the password at all' }, 'Sign in');
  check((await anna.locator('.summary').innerText()).includes('username or the password'), 'one text for both');
  await look(anna, 'sign-in-wrong');
  await send(anna, { username: name, password }, 'Sign in');
  check(await heading(anna) === 'Portal home', await heading(anna));
  await look(anna, 'home');
  await anna.getByRole('link', { name: 'MCO Complaints' }).click();
  check((await heading(anna)).startsWith('Continue to MCO Complaints'), await heading(anna));
  await look(anna, 'consent');
  await send(anna, {}, 'Allow and continue');
  check(anna.url().startsWith(complaints), anna.url());
  const text = await anna.locator('main').innerText();
  check(text.includes('Meadow Nursing Home') && text.includes('070000005001') && text.includes('2000000036'), text);
  await look(anna, 'complaints-signed-in');
});

await step('a ticket is filed with the access token', async () => {
  await send(anna, { subject: 'Claim denied', description: 'The MCO says it was late.' }, 'File the ticket');
  check((await anna.locator('.notice').innerText()).includes('was filed'), 'the ticket has a number');
  await look(anna, 'ticket-filed');
});

await step('security, profile and connected applications', async () => {
  for (const place of ['/security', '/security/applications', '/profile', '/status']) {
    await anna.goto(base + place);
    await look(anna, place.slice(1).replace('/', '-'));
  }
  await anna.goto(`${base}/security/authenticator`);
  await look(anna, 'authenticator');
  await anna.goto(`${base}/security/password`);
  await look(anna, 'change-password');
  await anna.goto(`${base}/security/email`);
  await look(anna, 'change-email');
});

await step('suspended in the console: the next ticket is refused at once', async () => {
  await rosa.goto(`${base}/staff/accounts?q=${name}`);
  await look(rosa, 'accounts');
  await rosa.getByRole('link', { name }).click();
  await look(rosa, 'account');
  await send(rosa, { reason: 'Left the facility.' }, 'Suspend this account');
  check((await rosa.locator('main').innerText()).includes('Suspended'), 'the account is suspended');
  await look(rosa, 'account-suspended');
  await anna.goto(complaints);
  await send(anna, { subject: 'Another claim', description: '…' }, 'File the ticket');
  check((await anna.locator('.summary').innerText()).includes('refused'), 'the ticket is refused');
  await look(anna, 'ticket-refused');
  await rosa.goto(`${base}/staff/mail`);
  await look(rosa, 'mail');
});

await step('an administrator registers an application, and is shown its secret once', async () => {
  const adam = await person(browser);
  await adam.goto(`${base}/staff/clients`);
  await send(adam, { username: 'adam.admin', password: sample }, 'Sign in');
  await send(adam, { otp: await staffCode(mail, base, 'adam.admin') }, 'Sign in');
  await look(adam, 'clients');
  await adam.getByRole('link', { name: 'Register an application' }).click();
  await look(adam, 'client-register');
  await send(adam, { client_name: 'Rate appeals', redirect_uris: 'http://appeals.example/cb' }, 'Register');
  check((await adam.locator('.summary').innerText()).includes('It was not saved'), 'an address without TLS is refused');
  await look(adam, 'client-register-wrong');
  await send(adam, { redirect_uris: 'https://appeals.example/cb' }, 'Register');
  check((await adam.locator('main').innerText()).includes('shown this once'), 'the secret is there');
  await look(adam, 'client-secret');
  await adam.getByRole('link', { name: 'I have copied it' }).click();
  check(await heading(adam) === 'Rate appeals', await heading(adam));
  await look(adam, 'client');
  await adam.getByRole('link', { name: 'Change the registration' }).click();
  await look(adam, 'client-change');
  await adam.goBack();
  await adam.getByRole('link', { name: 'Remove the application' }).click();
  await look(adam, 'client-delete');
  await send(adam, {}, 'Remove the application');
  check(!(await adam.locator('main').innerText()).includes('Rate appeals'), 'it is gone');
});

await step('axe finds nothing, and every page fits 320 px', async () => {
  check(findings.length === 0, `\n  ${findings.join('\n  ')}`);
});

await browser.close();
console.log('1 passed, 0 failed');
