// A clerk's way through the real surface, with a customer's own page beside it: a browser becomes a terminal, somebody gets a passkey,
// a card is changed at a real HLR, by keys alone, while the network stutters.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DIGITS, LETTERS, USUAL, agency, applies, becomesTerminal, comes, elsewhere, looks, people, shows, signsIn, sits } from "./agency_shop.mjs";
import { PHONE, picture } from "./parts.mjs";
import { types } from "./scanner.mjs";

/** A scan is one, every other key one. */
const MOST = 15;

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
    await elsewhere("told");
    assert.equal(await page.inputValue("#digits"), "");
    await see("confirm");

    // The network stutters twice: what was done is not done again.
    const lost = await loseAnswers(devtools, [["PUT", /orders\/[^/]+$/], ["POST", /assertion$/]]);
    for (const digit of person.digits) await counted.press(digit);
    await counted.press("Enter");
    await comes(page, page.locator(".steps li").first());
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
