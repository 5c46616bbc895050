// A customer's way through the real server: asked, proved, answered, helped. By mouse, by keyboard, without script, without
// the modules. PORTAL is its address, MAILS the file where the sandbox keeps the mails that came, PEOPLE is JSON, SCREENS
// a folder for pictures.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, test } from "node:test";

import { DESKTOP, LANGUAGES, PHONE, browser, fits, isAccessible, looks as looksOn, page as open, picture } from "./parts.mjs";

const portal = process.env.PORTAL.replace(/\/$/, "");
const people = JSON.parse(process.env.PEOPLE);
const screens = process.env.SCREENS;

const texts = { link: "[한빛모바일] 유심이 도착했습니다. 본인 확인 http://usim-check.example/a" };

let chromium;
before(async () => {
  chromium = await browser();
  // The genuine text is what somebody was really sent, and the fake that text with another number in it.
  const { context, page } = await visitor();
  await prove(page, "ko", people.told);
  await page.goto(`${portal}/ko/notices`);
  texts.official = await page.locator("pre").first().textContent();
  texts.altered = texts.official.replaceAll("080-000-0114", "010-5555-0114");
  assert.notEqual(texts.altered, texts.official);
  await context.close();
});
after(async () => { await chromium?.close(); });

/** The codes that came to an address so far. */
function codes(address) {
  if (!existsSync(process.env.MAILS)) return [];
  const mails = readFileSync(process.env.MAILS, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return mails.filter((mail) => mail.recipient === address).flatMap((mail) => mail.text.match(/^\d{6}$/m) ?? []);
}

/** The next code after `seen` others. */
async function nextCode(address, seen) {
  for (let tries = 0; tries < 300; tries += 1) {
    const all = codes(address);
    if (all.length > seen) return all[seen];
    await wait(100);
  }
  throw new Error(`no code came to ${address}`);
}

/** From the first page to the answer. */
async function prove(page, language, person) {
  await page.goto(`${portal}/${language}/`);
  await page.locator("main a.button").click();
  await page.locator('a[href$="/prove/email"]').click();
  await page.locator("#number").fill(person.number);
  await page.locator("#address").fill(person.mail);
  const seen = codes(person.mail).length;
  await page.locator("main form button").click();
  await page.waitForURL("**/prove/code");
  await page.locator("#code").fill(await nextCode(person.mail, seen));
  await page.locator("main form button").click();
  await page.waitForURL("**/answer");
}

const looks = (page, name) => looksOn(page, name, screens);

async function visitor(options = {}) {
  const context = await chromium.newContext({ viewport: PHONE, ...options });
  return { context, page: await open(context) };
}

for (const language of ["ko", "en"]) {
  test(`the whole way in ${language}`, async () => {
    const { context, page } = await visitor({ viewport: language === "ko" ? PHONE : DESKTOP });
    const name = (state) => `flow-${language}-${state}`;
    await page.goto(`${portal}/${language}/`);
    await looks(page, name("start"));
    await page.goto(`${portal}/${language}/prove`);
    await looks(page, name("prove"));

    // What cannot be is said before anything is sent, and what was typed stays.
    await page.goto(`${portal}/${language}/prove/email`);
    await page.locator("#number").fill("010-12");
    await page.locator("#address").fill(people.leaked.mail);
    await page.locator("main form button").click();
    await page.locator("#errors").waitFor();
    assert.equal(await page.locator("#number").inputValue(), "010-12");
    assert.equal(await page.locator("#address").inputValue(), people.leaked.mail);
    await looks(page, name("wrong-number"));

    // A wrong code, then the right one.
    await page.locator("#number").fill(people.leaked.number);
    const seen = codes(people.leaked.mail).length;
    await page.locator("main form button").click();
    await page.waitForURL("**/prove/code");
    await looks(page, name("code"));
    const code = await nextCode(people.leaked.mail, seen);
    await page.locator("#code").fill(code === "000000" ? "000001" : "000000");
    await page.locator("main form button").click();
    await page.locator("#errors").waitFor();
    assert.equal(await page.locator("#code").inputValue(), "", "a code is never shown again");
    await looks(page, name("wrong-code"));
    await page.locator("#code").fill(code);
    await page.locator("main form button").click();
    await page.waitForURL("**/answer");
    assert.equal(await page.locator("h1.answer.leaked").count(), 1);
    assert.equal(await page.locator("section.line .items li").count(), 2);
    assert.equal(await page.locator(".cards li").count(), 3);
    await looks(page, name("answer"));

    // A new card: asked for and taken back.
    await page.locator('.cards a[href$="/replace"]').click();
    await looks(page, name("replace"));
    await page.locator('input[name="line"]').first().check();
    await page.locator("main form:has(fieldset) button").click();
    await page.locator('button[name="cancel"]').waitFor();
    await looks(page, name("replaced"));
    await page.locator('button[name="cancel"]').click();
    await page.locator('input[name="line"]').waitFor();

    // The lock: a wrong handset, a right one, and undone.
    await page.goto(`${portal}/${language}/protect`);
    await page.locator('input[name="line"]').first().check();
    await page.locator("#imei").fill("490154203237519");
    await page.locator("main form:has(fieldset) button").click();
    await page.locator("#errors").waitFor();
    await looks(page, name("wrong-imei"));
    await page.locator("#imei").fill("490154203237518");
    await page.locator("main form:has(fieldset) button").click();
    await page.locator('button[name="undo"]').waitFor();
    await looks(page, name("protected"));
    await page.locator('button[name="undo"]').click();
    await page.locator("#imei").waitFor();

    // A claim: drafted, looked over, changed, handed in.
    await page.goto(`${portal}/${language}/claim`);
    await looks(page, name("claim"));
    await page.locator('input[name="line"]').first().check();
    await page.locator("#day").fill("2025-09-02");
    await page.locator("#amount").fill("49,500");
    await page.locator("#merchant").fill("게임 상점");
    await page.locator("main form:has(fieldset) button").click();
    await page.waitForURL("**/claim/check**");
    await looks(page, name("claim-check"));
    await page.locator('main a[href*="claim?id="]').click();
    assert.equal(await page.locator("#merchant").inputValue(), "게임 상점");
    await page.locator("#amount").fill("59500");
    await page.locator("main form:has(fieldset) button").click();
    await page.waitForURL("**/claim/check**");
    assert.match(await page.locator("dl.summary").innerText(), /59,500/);
    await page.locator("main form button").last().click();
    await page.waitForURL("**/claim");
    await looks(page, name("claimed"));
    await page.locator('button[name="withdraw"]').first().click();
    await page.waitForURL("**/claim");

    // The notices as they were sent.
    await page.goto(`${portal}/${language}/notices`);
    assert.ok((await page.locator("article.notice").count()) >= 1, "no notice is shown");
    await page.locator("summary").first().click();
    assert.match(await page.locator("pre").first().innerText(), /유출/);
    await looks(page, name("notices"));

    await page.goto(`${portal}/${language}/help`);
    await looks(page, name("help"));

    await page.locator("header .brand a").click();
    await page.goto(`${portal}/${language}/answer`);
    await page.locator('form[action$="/finish"] button').click();
    await page.waitForURL("**/finish");
    await looks(page, name("finished"));
    await page.goto(`${portal}/${language}/answer`);
    assert.doesNotMatch(page.url(), /answer/, "the session is over");
    // The browser itself tells of the refusals above.
    assert.deepEqual(page.complaints.filter((one) => !one.includes("422")), []);
    await context.close();
  });
}

test("every standing has its answer, of one length", async () => {
  const lengths = new Set();
  for (const [who, standing] of [["leaked", "leaked"], ["possibly", "possibly"], ["not_found", "not_found"], ["stranger", "not_ours"]]) {
    const { context, page } = await visitor();
    await prove(page, "vi", people[who]);
    assert.equal(await page.locator(`h1.answer.${standing}`).count(), 1, who);
    const answer = await page.goto(`${portal}/vi/answer`);
    lengths.add((await answer.body()).length);
    await looks(page, `flow-vi-answer-${standing}`);
    assert.deepEqual(page.complaints, []);
    await context.close();
  }
  assert.equal(lengths.size, 1, [...lengths].join());
});

test("every open page in every language", async () => {
  for (const language of LANGUAGES) {
    const { context, page } = await visitor({ colorScheme: "dark" });
    for (const path of ["", "prove", "prove/email", "prove/code", "real", "help"]) {
      await page.goto(`${portal}/${language}/${path}`);
      assert.equal(await page.locator("html").getAttribute("lang"), language);
      await looks(page, `open-${language}-${path.replace("/", "-") || "start"}`);
    }
    await page.goto(`${portal}/${language}/no-such-page`);
    await isAccessible(page, `${language} 404`);
    await context.close();
  }
});

test("by keyboard alone", async () => {
  const { context, page } = await visitor({ viewport: DESKTOP });
  const reach = async (selector) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    throw new Error(`Tab does not reach ${selector} on ${page.url()}`);
  };
  await page.goto(`${portal}/en/`);
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.matches(".skip")), "the first stop is the way past the head");
  await reach("main a.button");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/prove");
  await reach('a[href$="/prove/email"]');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/prove/email");
  await reach("#number");
  await page.keyboard.type(people.not_found.number);
  await reach("#address");
  await page.keyboard.type(people.not_found.mail);
  const seen = codes(people.not_found.mail).length;
  await page.keyboard.press("Enter");
  await page.waitForURL("**/prove/code");
  await reach("#code");
  await page.keyboard.type(await nextCode(people.not_found.mail, seen));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/answer");
  await reach('.cards a[href$="/protect"]');
  await page.keyboard.press("Enter");
  await page.waitForURL("**/protect");
  await reach('input[name="line"]');
  await page.keyboard.press("Space");
  await reach("main form:has(fieldset) button");
  await page.keyboard.press("Enter");
  await page.locator('button[name="undo"]').waitFor();
  await reach('button[name="undo"]');
  await page.keyboard.press("Enter");
  await page.locator("#imei").waitFor();
  await context.close();
});

test("without script", async () => {
  const { context, page } = await visitor({ javaScriptEnabled: false });
  await prove(page, "ko", people.possibly);
  assert.equal(await page.locator("h1.answer.possibly").count(), 1);
  await page.goto(`${portal}/ko/protect`);
  await page.locator('input[name="line"]').first().check();
  await page.locator("main form:has(fieldset) button").click();
  await page.locator('button[name="undo"]').click();
  await page.goto(`${portal}/ko/real`);
  await page.locator("#text").fill(texts.altered);
  await page.locator("form#real button").click();
  await page.locator("h1.answer.bad").waitFor();
  await picture(page, screens, "flow-ko-real-without-script");
  await page.locator('form[action$="/real/report"] button').click();
  await page.waitForURL("**/real?reported=yes");
  assert.equal(await page.locator(".note.good").count(), 1);
  await context.close();
});

test("is this text real: here, or there if it cannot be here", async () => {
  for (const [text, verdict] of [["official", "good"], ["altered", "bad"], ["link", "bad"]]) {
    const { context, page } = await visitor();
    const posts = [];
    page.on("request", (request) => { if (request.method() === "POST") posts.push(request.url()); });
    await page.goto(`${portal}/ko/real`);
    await page.locator("#text").fill(texts[text]);
    await page.locator("#here").waitFor();
    await page.locator("form#real button").click();
    await page.locator(`#verdict .answer.${verdict}`).waitFor();
    assert.deepEqual(posts, [], "the text left the browser");
    await looks(page, `flow-ko-real-${text}`);
    const said = await page.locator("#verdict .answer").innerText();
    assert.deepEqual(page.complaints, []);
    await context.close();

    // The module is kept from loading: the form goes to the server, which says the same.
    const other = await visitor();
    await other.page.route("**/*.wasm", (route) => route.abort());
    await other.page.goto(`${portal}/ko/real`);
    await other.page.locator("#text").fill(texts[text]);
    await other.page.locator("form#real button").click();
    await other.page.locator(`h1.answer.${verdict}`).waitFor();
    assert.equal(await other.page.locator("h1.answer").innerText(), said);
    await other.context.close();
  }
});

test("messages that leaked prove nothing", async () => {
  for (const language of ["ko", "vi"]) {
    const { context, page } = await visitor();
    await page.goto(`${portal}/${language}/prove`);
    assert.equal(await page.locator('a[href*="/prove/sms"]').count(), 0, "it is not offered");
    assert.equal(await page.locator("main .note").count(), 1, "and the page says why");
    assert.equal(await page.locator('a[href$="/prove/email"]').count(), 1);
    await looks(page, `flow-${language}-prove-without-sms`);
    const post = (path, body, type) => page.evaluate(async (sent) => {
      const answer = await fetch(sent.path, { method: "POST", body: sent.body, headers: { "content-type": sent.type } });
      return answer.status;
    }, { path, body, type });
    const number = people.leaked.number;
    assert.equal(await post(`/${language}/prove/sms`, `number=${number}`, "application/x-www-form-urlencoded"), 403);
    assert.equal(await post("/api/v1/proof/send-code", JSON.stringify({ way: "sms", phoneNumber: number }), "application/json"), 403);
    const typed = await page.goto(`${portal}/${language}/prove/sms`);
    assert.equal(typed.status(), 403);
    await looks(page, `flow-${language}-sms-closed`);
    await page.locator("main a.button").click();
    await page.waitForURL("**/prove");
    await context.close();
  }
});

test("a field says at once what is wrong with it, and lets the form go anyway", async () => {
  const { context, page } = await visitor();
  await page.goto(`${portal}/ko/prove/email`);
  await page.locator("#number").fill("010-12");
  await page.locator("#address").focus();
  await page.locator("#number-error:not(:empty)").waitFor();
  await isAccessible(page, "inline");
  await page.locator("#number").fill(people.leaked.number);
  await page.locator("#address").focus();
  await page.locator("#number-error:empty").waitFor({ state: "attached" });
  await page.locator("#number").fill("010-12");
  await page.locator("main form button").click();
  await page.locator("#errors").waitFor();
  await context.close();
});

test("200 % and a language changed on the way", async () => {
  const { context, page } = await visitor();
  await page.goto(`${portal}/ko/prove/email`);
  await page.locator('.languages a[lang="ja"]').click();
  await page.waitForURL("**/ja/prove/email");
  await page.evaluate(() => { document.documentElement.dataset.size = "2"; });
  await fits(page, "very large");
  await context.close();
});
