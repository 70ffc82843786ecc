// A person at a browser: opens pages, leaves pictures of them, and has axe look at each.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.PICTURES ?? path.resolve('../../target/screenshots');
fs.mkdirSync(pictures, { recursive: true });

export const findings = [];
let shot = 0;

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A new person: a browser of their own. The pages have no scripts; axe needs them on. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, javaScriptEnabled: true, ...options });
  context.setDefaultTimeout(10_000);
  return context.newPage();
}

/** Leaves pictures of the page, wide and at 320 px, and notes what axe and the width find. */
export async function look(page, name) {
  shot += 1;
  const file = path.join(pictures, `${String(shot).padStart(2, '0')}-${name}`);
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.screenshot({ path: `${file}.png`, fullPage: true });
  // A context with the page's own policy refuses injected scripts; evaluate() runs beside it.
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const violation of result.violations) {
    findings.push(`${name}: ${violation.id}: ${violation.help} (${violation.nodes.map((n) => n.target).join(', ')})`);
  }
  await page.setViewportSize({ width: 320, height: 700 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) findings.push(`${name}: needs ${wide} px at a width of 320`);
  await page.screenshot({ path: `${file}-320.png`, fullPage: true });
  await page.setViewportSize({ width: 1200, height: 800 });
  if (await page.locator('h1').count() !== 1) findings.push(`${name}: not exactly one h1`);
}

export function check(truth, what) {
  if (!truth) throw new Error(what);
}

export async function heading(page) {
  return (await page.locator('h1').innerText()).trim();
}

/** Fills fields by their form names and presses the button with these words. */
export async function send(page, fields, button) {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`[name="${name}"]`).first();
    if (await field.evaluate((e) => e.tagName === 'SELECT')) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.getByRole('button', { name: button }).first().click();
  await page.waitForLoadState('load');
}

/** The text of the newest letter to `address` whose subject matches, once it was delivered. */
export async function letter(page, base, address, subject) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(`${base}/dev/mailbox`);
    const line = page.locator('.trail li', { hasText: address }).filter({ hasText: subject }).first();
    if (await line.count()) {
      await line.locator('a').click();
      return { text: await page.locator('.letter').innerText(), link: await page.locator('.letter a').first().getAttribute('href') };
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`no letter to ${address} about ${subject}`);
}

/** The code a sample staff member's phone would show. */
export async function staffCode(page, base, username) {
  await page.goto(`${base}/dev/mailbox`);
  const names = await page.locator('dl.facts dt').allInnerTexts();
  return page.locator('dl.facts dd').nth(names.indexOf(username)).innerText();
}
