// The ways to prove oneself that are not a code by mail, where nothing leaked that they rely on: the carrier's login, at a
// real provider, and a code by message. PORTAL is the page's address, ISSUER the provider's, MESSAGES the log of the service
// that sends codes, PEOPLE is JSON, SCREENS a folder for pictures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, browser, looks as looksOn, page as open } from "./parts.mjs";

const portal = process.env.PORTAL.replace(/\/$/, "");
const people = JSON.parse(process.env.PEOPLE);
const looks = (page, name) => looksOn(page, name, process.env.SCREENS);

let chromium;
before(async () => { chromium = await browser(); });
after(async () => { await chromium?.close(); });

async function visitor(options = {}) {
  const context = await chromium.newContext({ viewport: PHONE, ...options });
  return { context, page: await open(context) };
}

/** The codes that reached telephones so far. */
function codes() {
  const lines = readFileSync(process.env.MESSAGES, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return lines.filter((line) => line.event === "sent");
}

async function nextCode(seen) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (codes().length > seen) return codes()[seen];
    await wait(100);
  }
  throw new Error("no message came");
}

/** To the provider's own page. */
async function leave(page, language) {
  await page.goto(`${portal}/${language}/prove`);
  await page.locator('form[action$="/prove/login"] button').click();
  await page.waitForURL(`${process.env.ISSUER}/interaction/**`);
}

for (const language of ["ko", "en"]) {
  test(`logged in at the carrier, in ${language}`, async () => {
    const { context, page } = await visitor({ viewport: language === "ko" ? PHONE : DESKTOP });
    await page.goto(`${portal}/${language}/prove`);
    assert.equal(await page.locator(".note").count(), 0, "every way is open");
    await looks(page, `login-${language}-prove`);
    await leave(page, language);
    await page.locator('input[name="login"]').fill("P-KIM");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(`${portal}/${language}/answer`);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    assert.equal(await page.locator("h1.answer.leaked").count(), 1);
    assert.equal(await page.locator(".cards li").count(), 3, "the account holder may do everything");
    await looks(page, `login-${language}-answer`);
    const [cookie] = await context.cookies(portal);
    assert.ok(cookie.httpOnly && cookie.sameSite === "Lax", JSON.stringify(cookie));
    await page.goto(`${portal}/${language}/notices`);
    assert.equal(page.url(), `${portal}/${language}/notices`);
    // The way back of the browser leads nowhere a second time, and the session stays.
    const replayed = await page.goto(`${portal}/login/callback?code=x&state=y`);
    assert.equal(replayed.status(), 403);
    await page.goto(`${portal}/${language}/answer`);
    await page.locator('form[action$="/finish"] button').click();
    await page.waitForURL("**/finish");
    await page.goto(`${portal}/${language}/answer`);
    assert.match(page.url(), /\/prove$/);
    assert.deepEqual(page.complaints.filter((one) => !one.includes("403")), []);
    await context.close();
  });

  test(`a code by message, in ${language}`, async () => {
    const { context, page } = await visitor({ viewport: language === "ko" ? PHONE : DESKTOP });
    await page.goto(`${portal}/${language}/`);
    await page.locator("main a.button").click();
    await page.locator('a[href$="/prove/sms"]').click();
    await looks(page, `sms-${language}-number`);
    const seen = codes().length;
    await page.locator("#number").fill(people.leaked.number);
    await page.locator("main form button").click();
    await page.waitForURL("**/prove/code");
    await looks(page, `sms-${language}-code`);
    const { number, code, text } = await nextCode(seen);
    assert.equal(number, "+821020000001");
    assert.ok(text.includes(code) && !/https?:/.test(text), text);
    // What the service calls the code is written down a moment after it is out, and a wrong one is told like any other.
    await page.locator("#code").fill(code === "000000" ? "000001" : "000000");
    await page.locator("main form button").click();
    await page.locator("#errors").waitFor();
    await page.locator("#code").fill(code);
    await page.locator("main form button").click();
    await page.waitForURL("**/answer");

    // It unlocks what the message said: the items of that line, and a claim.
    assert.equal(await page.locator("h1.answer.leaked").count(), 1);
    assert.equal(await page.locator("section.line").count(), 1);
    assert.equal(await page.locator("section.line .items li").count(), 2);
    assert.equal(await page.locator("section.line p").count(), 0, "a message tells no moment");
    assert.equal(await page.locator(".cards li").count(), 1);
    assert.equal(await page.locator('.cards a[href$="/claim"]').count(), 1);
    assert.equal(await page.locator('main a[href$="/replace"], main a[href$="/protect"]').count(), 0);
    assert.equal(await page.locator("p.note").count(), 1, "and says where the rest is");
    await looks(page, `sms-${language}-answer`);
    for (const locked of ["replace", "protect", "notices"]) {
      const answer = await page.goto(`${portal}/${language}/${locked}`);
      assert.equal(answer.status(), 403, locked);
      assert.equal(await page.locator(`main a.button[href="/${language}/prove"]`).count(), 1, `${locked} names another way`);
    }
    await looks(page, `sms-${language}-locked`);
    await page.goto(`${portal}/${language}/claim`);
    assert.equal(await page.locator("#merchant").count(), 1);
    const line = await page.locator('input[name="line"]').first().inputValue();
    for (const locked of ["replace", "protect"]) {
      const posted = await page.evaluate(async ([path, body]) => (await fetch(path, { method: "POST", body: new URLSearchParams(body) })).status, [`/${language}/${locked}`, { line }]);
      assert.equal(posted, 403, locked);
    }
    assert.deepEqual(page.complaints.filter((one) => !/40[03]|422/.test(one)), []);
    await context.close();
  });
}

test("who says no at the provider finds another way here", async () => {
  const { context, page } = await visitor({ locale: "ko" });
  await leave(page, "ko");
  await page.locator('button[name="no"]').click();
  await page.waitForURL(`${portal}/login/callback**`);
  assert.equal(await page.locator("html").getAttribute("lang"), "ko");
  await looks(page, "login-ko-declined");
  await page.locator("main a.button").click();
  await page.waitForURL("**/ko/prove");
  await context.close();
});

test("somebody the carrier knows and the registry does not", async () => {
  const { context, page } = await visitor();
  await leave(page, "en");
  await page.locator('input[name="login"]').fill("P-NOBODY");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/en/answer");
  assert.equal(await page.locator("h1.answer.not_ours").count(), 1);
  await looks(page, "login-en-not-ours");
  await context.close();
});

test("without script", async () => {
  const { context, page } = await visitor({ javaScriptEnabled: false });
  await leave(page, "ko");
  await page.locator('input[name="login"]').fill("P-KIM");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/ko/answer");
  assert.equal(await page.locator("h1.answer.leaked").count(), 1);
  await context.close();
});
