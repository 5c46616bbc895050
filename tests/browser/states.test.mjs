// Every state of every page, as the templates write it, in all languages: served from a folder under the portal's policy.
//
// PAGES names the folder, SCREENS one for pictures.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, describe, test } from "node:test";

import { DESKTOP, LANGUAGES, PHONE, POLICY, browser, fits, isAccessible, isPressable, page as open, picture } from "./parts.mjs";

const folder = process.env.PAGES;
const screens = process.env.SCREENS;
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
/** States that are looked at on paper, in the dark and at twice the size too. */
const SHOWN = ["start", "prove", "prove_email", "prove_email-wrong", "answer-leaked", "answer-not_found", "replace-applied", "replace-booked", "replace-parcel-delivered-type", "protect-on", "claim-all", "claim-none", "notices-all", "real", "real_answer-altered", "help", "problem-busy"];

let server, chromium, origin;

before(async () => {
  server = createServer((request, answer) => {
    const at = normalize(new URL(request.url, "http://localhost").pathname);
    const file = join(folder, at);
    if (!existsSync(file)) return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": TYPES[extname(file)], "content-security-policy": POLICY, "x-content-type-options": "nosniff" });
    answer.end(readFileSync(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${server.address().port}`;
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  server?.close();
});

describe("every state", { concurrency: 2 }, () => {
  for (const language of LANGUAGES) {
    test(`in ${language}`, async () => {
      const context = await chromium.newContext({ viewport: PHONE, locale: language });
      const page = await open(context);
      const states = readdirSync(join(folder, language)).map((file) => file.replace(".html", ""));
      assert.ok(states.length > 30, `only ${states.length} states`);
      for (const state of states) {
        const name = `${language} ${state}`;
        await page.goto(`${origin}/${language}/${state}.html`);
        await page.locator("#tools button").first().waitFor();
        await fits(page, name);
        await isPressable(page, name);
        await isAccessible(page, name);
        if (["ko", "vi"].includes(language) && SHOWN.includes(state)) await picture(page, screens, `phone-${language}-${state}`);
      }
      assert.deepEqual(page.complaints, []);
      await context.close();
    });
  }
});

test("in the dark, at twice the size and with larger text", async () => {
  for (const language of ["ko", "vi"]) {
    const dark = await chromium.newContext({ viewport: DESKTOP, colorScheme: "dark" });
    // 200 % zoom of 640 px leaves 320; text alone at 200 % is the browser's own minimum size here.
    const large = await chromium.newContext({ viewport: { width: 640, height: 900 } });
    const [night, big] = [await open(dark), await open(large)];
    for (const state of SHOWN) {
      const name = `${language} ${state}`;
      await night.goto(`${origin}/${language}/${state}.html`);
      await isAccessible(night, `${name} dark`);
      await picture(night, screens, `dark-${language}-${state}`);
      await big.goto(`${origin}/${language}/${state}.html`);
      await big.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
      await fits(big, `${name} 200 %`);
      await isAccessible(big, `${name} 200 %`);
      await picture(big, screens, `large-${language}-${state}`);
    }
    await dark.close();
    await large.close();
  }
});

test("the size of text is kept from page to page", async () => {
  const context = await chromium.newContext({ viewport: PHONE });
  const page = await open(context);
  const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  await page.goto(`${origin}/en/start.html`);
  const usual = await size();
  await page.getByRole("button", { name: "Very large" }).click();
  assert.ok((await size()) > usual * 1.35);
  await page.goto(`${origin}/en/help.html`);
  assert.ok((await size()) > usual * 1.35);
  assert.equal(await page.getByRole("button", { name: "Very large" }).getAttribute("aria-pressed"), "true");
  await fits(page, "very large on a phone");
  await context.close();
});

test("what is wrong takes the focus, with script and without", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const context = await chromium.newContext({ viewport: PHONE, javaScriptEnabled });
    const page = await open(context);
    await page.goto(`${origin}/en/prove_email-wrong.html`);
    assert.match(await page.title(), /^Error: /);
    if (javaScriptEnabled) assert.equal(await page.evaluate(() => document.activeElement.id), "errors");
    // From there the first press of Tab reaches the link, and Enter the field.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**#number");
    await context.close();
  }
});

test("colours that the reader chose are respected, and paper has no buttons", async () => {
  const context = await chromium.newContext({ viewport: DESKTOP, forcedColors: "active" });
  const page = await open(context);
  await page.goto(`${origin}/ko/answer-leaked.html`);
  await fits(page, "forced colours");
  await page.emulateMedia({ media: "print", forcedColors: "none" });
  assert.equal(await page.locator("button:visible").count(), 0);
  assert.equal(await page.locator(".items li:visible").count(), await page.locator(".items li").count());
  await picture(page, screens, "paper-ko-answer-leaked");
  await context.close();
});
