// A clerk's way through the real surface, with a customer's own page beside it: a browser becomes a terminal, somebody gets a passkey,
// a card is changed at a real HLR, by keys alone, while the network stutters. AGENCY and PORTAL are the two pages' addresses, MAILS the
// file of the mails that came, PEOPLE is JSON, DESK a folder where somebody answers what nobody can do at a terminal, SCREENS one for
// pictures.

import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, browser, looks as looksOn, page as open, picture } from "./parts.mjs";
import { types } from "./scanner.mjs";

const agency = process.env.AGENCY.replace(/\/$/, "");
const portal = process.env.PORTAL.replace(/\/$/, "");
const people = JSON.parse(process.env.PEOPLE);
const looks = (page, name) => looksOn(page, `agency-${name}`, process.env.SCREENS);
/** A scan is one, every other key one. */
const MOST = 15;
/** What Chromium says of answers that are as they should be, and of a kind of key that we do not take. */
const USUAL = /40[019]|422|429|ERR_CONNECTION_RESET|ERR_INTERNET_DISCONNECTED|pubKeyCredParams/;

let chromium;
before(async () => { chromium = await browser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]); });
after(async () => { await chromium?.close(); });

let asked = 0;
/** Has somebody elsewhere do something. */
async function elsewhere(what, more = {}) {
  asked += 1;
  const path = (ending) => join(process.env.DESK, `${asked}.${ending}`);
  writeFileSync(path("draft"), JSON.stringify({ what, ...more }));
  renameSync(path("draft"), path("ask"));
  for (let tries = 0; tries < 600; tries += 1) {
    if (existsSync(path("said"))) {
      const said = JSON.parse(readFileSync(path("said"), "utf8"));
      rmSync(path("said"));
      return said;
    }
    await wait(50);
  }
  throw new Error(`nobody answered ${what}`);
}

/** A browser with an authenticator that asks its owner and is answered. */
async function sits(options = {}) {
  const context = await chromium.newContext({ viewport: DESKTOP, permissions: ["camera"], ...options });
  const page = await open(context);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  // Headless Chromium prints nothing; that it was asked to is what is counted.
  await page.addInitScript(() => { globalThis.printed = 0; globalThis.print = () => { globalThis.printed += 1; }; });
  return { context, page, devtools, authenticatorId };
}

/** Makes a browser a terminal of a place: its page asks for a code, shows the key, and goes on by itself once it is admitted. */
async function becomesTerminal(page, language, place, shows = async () => {}) {
  const { terminal, code } = await elsewhere("enrol", { place });
  await page.goto(`${agency}/${language}/`);
  await page.waitForURL(`${agency}/${language}/terminal`);
  await page.locator("#code").waitFor();
  await shows("terminal-unknown");
  // Pasted, as people do with a code that is shown to them; keys in a row would be a scanner to a busy machine.
  await page.keyboard.insertText(code);
  await page.keyboard.press("Enter");
  const thumbprint = (await page.locator(".thumbprint").textContent()).replaceAll(" ", "");
  await page.getByText(language === "ko" ? "승인 대기" : "Waiting to be admitted").waitFor();
  await shows("terminal-pending");
  assert.deepEqual(await elsewhere("admit", { terminal, thumbprint: "not this one" }), { done: false });
  assert.deepEqual(await elsewhere("admit", { terminal, thumbprint }), { done: true });
  await page.locator("a.next").waitFor();
  await shows("terminal-on");
  return terminal;
}

/** Gives somebody a passkey, by keys alone, and signs them in. */
async function signsIn(page, language, name, shows = async () => {}) {
  const { code } = await elsewhere("invite", { name });
  await page.goto(`${agency}/${language}/enrol`);
  await page.locator("#code").waitFor();
  await shows("enrol");
  await page.keyboard.insertText(code);
  await page.keyboard.press("Enter");
  await page.locator("a.next").waitFor();
  await shows("enrol-done");
  // An Enter right after a scan is the scanner's.
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${agency}/${language}/`);
  await page.locator("button.next").waitFor();
  await shows("sign-in");
  await page.keyboard.press("Enter");
  await page.locator("#views button").first().waitFor();
}

/** The codes that came to an address so far. */
function codes(address) {
  if (!existsSync(process.env.MAILS)) return [];
  const mails = readFileSync(process.env.MAILS, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return mails.filter((mail) => mail.recipient === address).flatMap((mail) => mail.text.match(/^\d{6}$/m) ?? []);
}

/** A customer proves themselves on their own phone and applies; gives their page. */
async function applies(person) {
  const context = await chromium.newContext({ viewport: PHONE });
  const page = await open(context);
  await page.goto(`${portal}/ko/prove/email`);
  await page.locator("#number").fill(person.number);
  await page.locator("#address").fill(person.mail);
  const seen = codes(person.mail).length;
  await page.locator("main form button").click();
  await page.waitForURL("**/prove/code");
  for (let tries = 0; codes(person.mail).length === seen && tries < 300; tries += 1) await wait(100);
  await page.locator("#code").fill(codes(person.mail)[seen]);
  await page.locator("main form button").click();
  await page.waitForURL("**/answer");
  await page.goto(`${portal}/ko/replace`);
  await page.locator('input[name="line"]').first().check();
  await page.locator("main form:has(fieldset) button").click();
  await page.locator(".qr").waitFor();
  return page;
}

/** What a customer's page shows to be scanned now. */
async function shows(page, form) {
  await page.goto(`${portal}/ko/replace`);
  for (const note of await page.locator(".note").allTextContents()) {
    const found = form.exec(note);
    if (found) return found[0].replaceAll(" ", "");
  }
  throw new Error("the customer's page shows no such code");
}

const LETTERS = /[B-DF-HJ-NP-TV-XZ]{5} [B-DF-HJ-NP-TV-XZ]{5}/;
const DIGITS = /\b\d{6}\b/;

/** Somebody's hands at the counter: everything they do is counted. */
function hands(page, options = {}) {
  const done = [];
  return {
    done,
    scan: async (text) => { done.push("scan"); await types(page, text, options); },
    press: async (key) => { done.push(key); await page.keyboard.press(key); await page.waitForTimeout(120); },
  };
}

/** The answers to the first requests like that are lost on their way, after the server has done what they asked. */
async function loseAnswers(devtools, kinds) {
  const lost = kinds.map(() => 0);
  devtools.on("Fetch.requestPaused", ({ requestId, request }) => {
    const kind = kinds.findIndex(([method, path]) => request.method === method && path.test(request.url));
    const goes = kind < 0 || lost[kind] > 0;
    if (!goes) lost[kind] += 1;
    const done = goes ? devtools.send("Fetch.continueRequest", { requestId }) : devtools.send("Fetch.failRequest", { requestId, errorReason: "ConnectionReset" });
    done.catch(() => {});
  });
  await devtools.send("Fetch.enable", { patterns: [{ urlPattern: "*/api/orders/*", requestStage: "Response" }] });
  return lost;
}

for (const [at, language, options] of [[0, "ko", { hangul: true }], [1, "en", {}]]) {
  const person = people[at];

  test(`from check-in to slip, in ${language}, by keys alone`, async () => {
    const { context, page, devtools } = await sits(language === "en" ? { viewport: PHONE } : {});
    const name = (state) => `${language}-${state}`;
    const see = (state) => looks(page, name(state));
    await becomesTerminal(page, language, "jongno", see);
    await signsIn(page, language, at === 0 ? "clerk.jongno" : "clerk.jongno.two", see);
    await page.locator(".queue, #queue .hint").first().waitFor();
    await see("counter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Slash");
    await page.locator("dialog .keys").waitFor();
    await see("keys");
    await page.keyboard.press("Escape");

    const phone = await applies(person);
    const counted = hands(page, options);
    await counted.scan(await shows(phone, LETTERS));
    await page.locator("#present").waitFor();
    assert.equal(await page.locator("#case .summary dd").filter({ hasText: "○" }).count(), 0, "nothing of the customer before they are proved");
    await see("present");

    // A card now is not what is next, and is not sent anywhere.
    await types(page, person.card, options);
    await page.locator("#case > .trouble").waitFor();
    await see("not-now");

    await counted.scan(await shows(phone, DIGITS));
    await page.locator(".papers").first().waitFor();
    assert.equal(await page.locator("#case .summary dd").filter({ hasText: "○" }).count(), 1);
    await see("papers");
    await counted.press("1");
    await counted.press("Enter");
    await page.locator("#card").waitFor();
    await see("scan");
    await counted.scan(person.card);
    await page.locator("#digits").waitFor();
    assert.equal(await page.inputValue("#digits"), "");
    await see("confirm");

    // The network stutters twice: what was done is not done again.
    const lost = await loseAnswers(devtools, [["PUT", /orders\/[^/]+$/], ["POST", /assertion$/]]);
    for (const digit of person.digits) await counted.press(digit);
    await counted.press("Enter");
    await page.locator(".steps li").first().waitFor();
    assert.deepEqual(lost, [1, 1]);
    assert.equal(await page.locator(".attached").count(), 0, "nothing is green before the card is attached");
    await see("follow");
    await elsewhere("insert");
    await page.locator(".step.attached").waitFor({ timeout: 60_000 });
    await see("attached");
    await counted.press("Enter");
    await page.locator("#slip").waitFor();
    const slip = await page.locator("#slip").textContent();
    assert.ok(!slip.includes(person.digits) && !slip.includes("○"), "the slip names nobody");
    await see("slip");
    await page.emulateMedia({ media: "print" });
    await picture(page, process.env.SCREENS, `agency-${name("slip-printed")}`);
    await page.emulateMedia({ media: null });
    await counted.press("Enter");
    assert.equal(await page.evaluate(() => globalThis.printed), 1);
    console.log(`${language}: ${counted.done.length} interactions: ${counted.done.join(" ")}`);
    assert.ok(counted.done.length <= MOST, counted.done.join(" "));
    const rows = await elsewhere("rows");
    assert.ok(rows.moved[at], "the number is at the new card");
    assert.equal(rows.swaps[at], 1, "one swap, whatever was lost on the way");
    await page.keyboard.press("Enter");
    await page.locator("#visit").waitFor();

    for (const [key, view] of [["s", "stock"], ["r", "repairs"], ["d", "day"]]) {
      await page.keyboard.press("Escape");
      await page.keyboard.press(key);
      await page.locator(`#views [data-view="${view}"][aria-current]`).waitFor();
      await page.locator("main h2").waitFor();
      await see(view);
    }
    assert.deepEqual(page.complaints.filter((one) => !USUAL.test(one)), []);
    await context.close();
  });
}

test("a page that is loaded anew goes on, and one without a network keeps what it shows", async () => {
  const { context, page } = await sits();
  await becomesTerminal(page, "ko", "jongno");
  await signsIn(page, "ko", "supervisor.jongno");
  await page.reload();
  await page.locator("#queue table").waitFor();
  const before = await page.locator("#queue").textContent();
  await context.setOffline(true);
  await page.locator("#line:not(:empty)").waitFor({ timeout: 20_000 });
  assert.equal(await page.locator("#queue").textContent(), before);
  assert.equal(await page.locator("body[data-old]").count(), 1);
  await looks(page, "ko-offline");
  await context.setOffline(false);
  await page.locator("#line:empty").waitFor({ state: "attached", timeout: 20_000 });
  for (const view of ["looks", "countersigns", "stock"]) {
    await page.locator(`#views [data-view="${view}"]`).click();
    await page.locator("main h2").waitFor();
    await page.waitForTimeout(300);
    await looks(page, `ko-supervisor-${view}`);
  }
  await context.close();
});

test("a stolen cookie works in no other browser, and a terminal that is switched off at once not at all", async () => {
  const { context, page } = await sits();
  const terminal = await becomesTerminal(page, "ko", "mapo");
  await signsIn(page, "ko", "clerk.mapo");
  await page.locator("#queue table").waitFor();
  const cookies = await context.cookies(agency);
  assert.ok(cookies.length === 1 && cookies[0].httpOnly && cookies[0].secure && cookies[0].sameSite === "Strict", JSON.stringify(cookies));
  const asks = (other) => other.evaluate(async () => {
    const main = document.querySelector('script[type="module"]').src;
    const { call } = await import(new URL("api.js", main).href);
    return call("GET", "/api/queue").then(() => "answered", (refusal) => `${refusal.status} ${refusal.code}`);
  });
  assert.equal(await asks(page), "answered");

  // A browser nobody knows, and one that is a terminal of another agency.
  for (const place of [null, "jongno"]) {
    const thief = await sits();
    if (place) await becomesTerminal(thief.page, "ko", place);
    await thief.context.addCookies(cookies);
    await thief.page.goto(`${agency}/ko/enrol`);
    assert.equal(await asks(thief.page), "401 signed_out", String(place));
    await thief.context.close();
  }

  assert.deepEqual(await elsewhere("off", { terminal }), { done: true });
  assert.equal(await asks(page), "401 signed_out");
  await context.close();
});
