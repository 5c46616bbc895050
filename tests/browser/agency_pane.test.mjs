// What the agency's page makes of the server's answers, in Chromium, with answers written by hand: who is in the pane, what an order
// that ended or belongs to somebody else offers, what a second look does that is over. FILES is the folder of the modules, WORDS the
// words in Korean.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";

import { AGENCY_POLICY, browser, page as open } from "./parts.mjs";
import { types } from "./scanner.mjs";

const ORIGIN = "http://agency.localhost";
const KINDS = { ".js": "text/javascript", ".html": "text/html" };
const CARD = "89823000000000000017";
const ONE = "00000000-0000-4000-8000-00000000000a";
const OTHER = "00000000-0000-4000-8000-00000000000b";
const LATER = "2099-01-01T00:00:00Z";
/** One point, as a picture from a file. */
const POINT = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** The words' tables, one key for each. */
function words() {
  const all = {};
  let room;
  for (const line of readFileSync(process.env.WORDS, "utf8").split("\n")) {
    room = /^\[(\w+)\]$/.exec(line)?.[1] ?? room;
    const [, key, text] = /^(\w+) = "(.*)"$/.exec(line) ?? [];
    if (key) all[`${room}.${key}`] = text;
  }
  return all;
}

const WORDS = words();
const PAGE = `<!DOCTYPE html><html lang="ko"><meta charset="utf-8"><title>pane</title>
<script type="application/json" id="words">${JSON.stringify(WORDS)}</script>
<body><p id="line"></p><main id="main"></main><p id="told" role="status"></p></body></html>`;

let chromium;
before(async () => { chromium = await browser(); });
after(async () => { await chromium?.close(); });

const paper = (name) => ({ name, words: name });
/** A case at this counter. */
const shown = (id, next, more = {}) => ({
  case: id, version: 1, state: "checked_in", person: "adult", persons: ["adult", "child"],
  bring: { adult: [[paper("resident_card")]], child: [[paper("family_record"), paper("birth_record")], [paper("parent_card")]] },
  papers: false, present: false, seen: false, holder: null, told: 0, wait_until: null, card: null, order: null, look: null, held: false,
  swap: null, slip: null, next, ...more,
});
const queue = { version: "1", as_of: "2025-09-11T00:30:00Z", stock: [], rows: [
  { label: "BCDFG", time: "10:00", state: "checked_in", case: ONE }, { label: "HJKLM", time: "11:00", state: "checked_in", case: OTHER },
] };
const order = (state, more = {}) => ({ id: OTHER, case: ONE, state, code: null, until: LATER, challenge: null, needs: [], swap: null, attached: false, ...more });

/** The counter, or another view, before answers by hand; what was asked is noted. */
async function stand(answers, view = ["counter.js", "counter"]) {
  const context = await chromium.newContext();
  const asked = [];
  await context.route(`${ORIGIN}/**`, async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    if (!url.pathname.startsWith("/api/")) {
      const body = url.pathname === "/" ? PAGE : readFileSync(join(process.env.FILES, url.pathname));
      return route.fulfill({ body, headers: { "content-type": KINDS[extname(url.pathname) || ".html"], "content-security-policy": AGENCY_POLICY } });
    }
    const what = `${request.method()} ${url.pathname}`;
    asked.push([what, request.headers()["content-type"] === "application/json" ? JSON.parse(request.postData()) : undefined]);
    const usual = { "GET /api/queue": queue, "GET /api/queue/version": { version: "1" } };
    let answer = answers[what] ?? usual[what] ?? { status: 404, code: "not_found" };
    if (typeof answer === "function") answer = await answer();
    const { status = 200, ...said } = Array.isArray(answer) ? { ...answer } : answer;
    return route.fulfill({ status, contentType: "application/json", body: JSON.stringify(Array.isArray(answer) ? answer : said) }).catch(() => {});
  });
  const page = await open(context);
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(async ([file, name]) => {
    const [module, scan] = await Promise.all([import(`/${file}`), import("/scan.js")]);
    const main = document.getElementById("main");
    const made = await module[name](main, { agency: "종로점", hotline: "080-000-0114", isSupervisor: false });
    scan.listen({ scanned: (text) => made?.scanned?.(scan.kindOf(text)), pressed: () => {} });
  }, view);
  return { context, page, asked };
}

const opened = async (page, label) => page.locator(`[data-label="${label}"]`).click();
const says = (page, key) => page.locator("#main").getByText(WORDS[key].split("{")[0].trim()).first().waitFor();

test("whoever was chosen last is in the pane, named by the queue, whatever comes late", async () => {
  let release;
  const held = new Promise((done) => { release = done; });
  const { context, page } = await stand({
    [`GET /api/cases/${ONE}`]: () => held.then(() => shown(ONE, "scan", { state: "verified" })),
    [`GET /api/cases/${OTHER}`]: shown(OTHER, "present"),
  });
  await opened(page, "BCDFG");
  await opened(page, "HJKLM");
  await page.locator("#present").waitFor();
  release();
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#card").count(), 0, "the late answer is dropped");
  assert.equal(await page.locator("#case h2").textContent(), "고객 HJKLM");
  assert.equal(await page.locator('[aria-current="true"]').getAttribute("data-label"), "HJKLM");
  await context.close();
});

test("an order that ended says why, and another one is asked for", async () => {
  const card = { id: ONE, last4: null, until: LATER };
  for (const [ended, key] of [[order("lapsed", { code: "lapsed" }), "refusal.lapsed"], [order("refused", { code: "number_elsewhere" }), "problem.number_elsewhere"]]) {
    const { context, page } = await stand({ [`GET /api/cases/${ONE}`]: shown(ONE, "confirm", { state: "card_reserved", card, order: ended }) });
    await opened(page, "BCDFG");
    await page.locator("#digits").waitFor();
    await says(page, key);
    await context.close();
  }
});

test("an order of another terminal is waited for, and asks nobody here for a passkey", async () => {
  const card = { id: ONE, last4: null, until: LATER };
  let state = "made";
  const { context, page } = await stand({
    [`GET /api/cases/${ONE}`]: () => shown(ONE, "confirm", { state: "card_reserved", card, order: order(state, { code: state === "made" ? null : "lapsed" }) }),
    [`GET /api/orders/${OTHER}`]: () => order(state, { code: state === "made" ? null : "lapsed" }),
  });
  await opened(page, "BCDFG");
  await says(page, "order.elsewhere");
  assert.equal(await page.getByText(WORDS["order.passkey"], { exact: true }).count(), 0);
  state = "lapsed";
  await page.getByText(WORDS["order.again"], { exact: true }).click();
  await page.locator("#digits").waitFor();
  await context.close();
});

test("while a swap goes back nobody is told to put the new card in, and its button keeps the focus while it runs", async () => {
  let steps = [];
  let state = "swapping";
  const started = () => order("started", { swap: { state, steps } });
  const { context, page } = await stand({
    [`GET /api/cases/${ONE}`]: () => shown(ONE, "follow", { state, order: started(), swap: { state, steps } }),
    [`GET /api/orders/${OTHER}`]: started,
  });
  await opened(page, "BCDFG");
  const stop = page.getByText(WORDS["order.give_up"], { exact: true });
  await stop.focus();
  steps = [{ name: "create", state: "done", at: "2025-09-11T00:30:00Z" }];
  await page.locator(".steps li").waitFor();
  assert.ok(await stop.evaluate((one) => one === document.activeElement), "a new step takes the focus from nobody");
  state = "rolling_back";
  await says(page, "order.back_means");
  assert.equal(await stop.count(), 0);
  assert.equal(await page.getByText(WORDS["order.means"]).count(), 0);
  // The next customer may be served meanwhile.
  await page.getByText(WORDS["case.to_queue"], { exact: true }).click();
  await page.locator("#visit").waitFor();
  await context.close();
});

test("what is brought follows who came", async () => {
  const { context, page, asked } = await stand({
    [`GET /api/cases/${ONE}`]: shown(ONE, "papers", { present: true }),
    [`POST /api/cases/${ONE}/papers`]: shown(ONE, "scan", { state: "verified" }),
  });
  await opened(page, "BCDFG");
  await page.locator('input[value="resident_card"]').waitFor();
  await page.locator("#person").selectOption("child");
  assert.equal(await page.locator(".papers").count(), 2);
  await page.locator('input[value="birth_record"]').check();
  await page.locator("#case button.next").click();
  await says(page, "problem.papers_missing");
  await page.locator('input[value="parent_card"]').check();
  await page.locator("#case button.next").click();
  await page.locator("#card").waitFor();
  const sent = asked.find(([what]) => what.endsWith("/papers"));
  assert.deepEqual(sent[1], { person: "child", shown: ["birth_record", "parent_card"] });
  await context.close();
});

test("a code that is wrong says how many tries are left", async () => {
  const { context, page } = await stand({
    [`GET /api/cases/${ONE}`]: shown(ONE, "present"),
    [`POST /api/cases/${ONE}/present`]: { status: 422, code: "code_wrong", detail: ["2 of 3"], left: 1 },
  });
  await opened(page, "BCDFG");
  await page.locator("#present").fill("000000");
  await page.keyboard.press("Enter");
  await page.getByText("앞으로 1번 더 틀리면").waitFor();
  await context.close();
});

test("a second look goes on with the picture that is missing, and ends when it is over", async () => {
  let state = "asked";
  const look = { look: OTHER, digits: "0427", until: LATER };
  const { context, page, asked } = await stand({
    [`GET /api/cases/${ONE}`]: shown(ONE, "look", { look }),
    [`GET /api/looks/${OTHER}`]: () => ({ state, until: LATER, case: ONE, images: [1] }),
    [`PUT /api/looks/${OTHER}/images/2`]: () => { state = "lapsed"; return { status: 409, code: "look_over" }; },
  });
  await opened(page, "BCDFG");
  await says(page, "photo.person");
  // Without a camera the file is what is next.
  await page.waitForFunction(() => document.activeElement?.id === "picture");
  await page.locator("#picture").setInputFiles({ name: "face.png", mimeType: "image/png", buffer: POINT });
  await says(page, "look_state.lapsed");
  assert.equal(asked.filter(([what]) => what.startsWith("PUT")).length, 1, "it is not sent for ever");
  await context.close();
});

test("the slip says what is true of this card, and which number to call", async () => {
  const slip = (protectedNow) => ({ attached_at: "2025-09-11T00:41:00Z", protected: protectedNow });
  for (const [isTied, key] of [[true, "slip.protection"], [false, "slip.unprotected"]]) {
    const { context, page } = await stand({ [`GET /api/cases/${ONE}`]: shown(ONE, "slip", { state: "completed", slip: slip(isTied) }) });
    await opened(page, "BCDFG");
    const text = await page.locator("#slip").textContent();
    for (const part of [WORDS[key], "080-000-0114", "09:41", "종로점"]) assert.ok(text.includes(part), `${part}: ${text}`);
    await context.close();
  }
});

test("a scan while a customer waits for somebody else checks the next one in", async () => {
  const { context, page } = await stand({
    [`GET /api/cases/${ONE}`]: shown(ONE, "wait", { state: "checked_in", wait_until: LATER }),
    "POST /api/check-in": shown(OTHER, "present"),
  });
  await opened(page, "BCDFG");
  await says(page, "wait.means");
  await types(page, CARD);
  await page.locator("#case > .trouble:not([hidden])").waitFor();
  await types(page, "BCDFGHJKLM");
  await page.locator("#present").waitFor();
  assert.ok(await page.locator("#case > .trouble").isHidden(), "what was said of the one before is not said of this one");
  await context.close();
});

test("a lot that is short is received with the cards that are missing", async () => {
  const stock = { products: [], agencies: [], lots: [{ id: ONE, lot: "LOT-1", product: "usim", cards: 2, expected: "2025-09-11", late: false }] };
  const { context, page, asked } = await stand({ "GET /api/stock": stock, "POST /api/stock/receive": { lot: ONE } }, ["stock.js", "stock"]);
  await page.locator("#received").fill("1");
  await page.keyboard.press("Enter");
  await page.locator("#missing").fill(CARD);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  const received = asked.filter(([what]) => what === "POST /api/stock/receive");
  assert.deepEqual(received.map(([, body]) => body), [{ lot: ONE, cards: 1, missing: [CARD] }]);
  await context.close();
});

test("who waits asks for news, and for the customer only when there is something new or the time is over", async () => {
  let news = "a";
  let at = "2025-09-11T00:30:00Z";
  let next = "wait";
  const { context, page, asked } = await stand({
    [`GET /api/cases/${ONE}`]: () => shown(ONE, next, { news, wait_until: next === "wait" ? "2025-09-11T00:40:00Z" : null }),
    [`GET /api/cases/${ONE}/news`]: () => ({ news, at }),
  });
  const read = () => asked.filter(([what]) => what === `GET /api/cases/${ONE}`).length;
  const heard = (times) => assert.doesNotReject((async () => {
    const before = asked.filter(([what]) => what.endsWith("/news")).length;
    while (asked.filter(([what]) => what.endsWith("/news")).length < before + times) await page.waitForTimeout(100);
  })());
  await opened(page, "BCDFG");
  await says(page, "wait.means");
  await heard(2);
  assert.equal(read(), 1, "nothing new: nothing of the customer is fetched");
  news = "b";
  await heard(2);
  assert.equal(read(), 2, "something new is fetched once");
  at = "2025-09-11T00:40:00Z";
  next = "scan";
  await page.locator("#card").waitFor();
  await context.close();
});

test("while a step-up's answer is on its way nobody is signed out, and nothing else is asked", async () => {
  let release;
  let commit;
  const held = new Promise((done) => { release = done; });
  const commits = new Promise((done) => { commit = done; });
  // From the commit on the session has another name, which this page does not know before the answer.
  let isUnknown = false;
  const out = { status: 401, code: "signed_out" };
  const { context, page, asked } = await stand({
    "GET /api/stock": { products: [], agencies: [], lots: [] },
    "POST /api/orders/x/assertion": () => {
      isUnknown = true;
      commit();
      return held.then(() => { isUnknown = false; return { state: "confirmed", ath: "new" }; });
    },
    "GET /api/queue/version": () => commits.then(() => (isUnknown ? out : { version: "1" })),
    "GET /api/looks": () => (isUnknown ? out : { waiting: 0 }),
    "GET /api/session": () => (isUnknown ? out : { ath: "new" }),
  }, ["stock.js", "stock"]);
  await page.evaluate(async () => {
    const { bind, line, look, step } = await import("/api.js");
    globalThis.out = 0;
    line.addEventListener("signed_out", () => { globalThis.out += 1; });
    bind({ ath: "old" });
    globalThis.all = [look("/api/queue/version"), step("/api/orders/x/assertion", {}), look("/api/looks")].map((one) => one.catch((error) => error.code));
  });
  await commits;
  await page.waitForTimeout(700);
  assert.equal(await page.evaluate(() => globalThis.out), 0);
  assert.equal(asked.filter(([what]) => what === "GET /api/looks").length, 0, "it waits for the answer");
  release();
  const all = await page.evaluate(() => Promise.all(globalThis.all));
  assert.deepEqual(all, [{ version: "1" }, { state: "confirmed", ath: "new" }, { waiting: 0 }]);
  assert.equal(await page.evaluate(() => globalThis.out), 0);
  await context.close();
});

test("who waits is counted beside the view's name, and who is about to sign one order does not sign another", async () => {
  const one = (id) => ({ id, agency: "마포점", clerk: "clerk.mapo", at: "2025-09-11T00:30:00Z", until: LATER });
  let orders = [];
  const { context, page } = await stand({
    "GET /api/countersigns": () => orders,
    "GET /api/looks": () => ({ waiting: 2, oldest_seconds: 5 }),
  }, ["countersigns.js", "countersigns"]);
  await page.evaluate(async () => {
    const views = document.createElement("nav");
    for (const name of ["looks", "countersigns", "day"]) {
      const view = document.createElement("button");
      view.dataset.view = name;
      if (name === "countersigns") view.setAttribute("aria-current", "page");
      views.append(view);
    }
    document.body.prepend(views);
    const { waiting } = await import("/waiting.js");
    waiting(views, (all) => { globalThis.waits = all; });
  });
  await says(page, "countersigns.none");
  await page.locator('[data-view="looks"] .badge', { hasText: "2" }).waitFor();
  await page.getByText(WORDS["waiting.looks"], { exact: true }).waitFor();
  assert.ok(await page.locator('[data-view="countersigns"] .badge').isHidden(), "nobody is not counted");
  orders = [one(ONE)];
  await page.locator(`[data-order="${ONE}"]`).waitFor();
  await page.locator('[data-view="countersigns"] .badge', { hasText: "1" }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.waits), 3);
  await page.locator(`[data-order="${ONE}"]`).focus();
  orders = [one(OTHER), one(ONE)];
  await page.locator(`[data-order="${OTHER}"]`).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.order), ONE, "the same order is under the hand");
  orders = [one(OTHER)];
  await page.locator(`[data-order="${ONE}"]`).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.order), undefined, "its place is no other order's");
  await context.close();
});
