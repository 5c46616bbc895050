// Every state of the agency's page, as its own shell, words and modules draw it, before answers written by hand: no rule of WCAG that a
// machine can check is broken, nothing sticks out at 320 px, everything can be pressed. FILES is the folder of the modules, WORDS the
// words in Korean, SCREENS a folder for pictures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";

import { AGENCY_POLICY, DESKTOP, PHONE, browser, fits, isAccessible, isPressable, page as open, picture } from "./parts.mjs";

const ORIGIN = "http://agency.localhost";
const KINDS = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8" };
const ONE = "00000000-0000-4000-8000-00000000000a";
const OTHER = "00000000-0000-4000-8000-00000000000b";
const LATER = "2099-01-01T00:00:00Z";
const AT = "2025-09-11T00:30:00Z";
/** One point, as a picture that somebody sent. */
const POINT = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let chromium;
before(async () => { chromium = await browser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]); });
after(async () => { await chromium?.close(); });

/** The words of a language, one key for each. */
function words(language) {
  const all = {};
  let room;
  for (const line of readFileSync(process.env.WORDS.replace("ko.toml", `${language}.toml`), "utf8").split("\n")) {
    room = /^\[(\w+)\]$/.exec(line)?.[1] ?? room;
    const [, key, text] = /^(\w+) = "(.*)"$/.exec(line) ?? [];
    if (key) all[`${room}.${key}`] = text;
  }
  return all;
}

/** The shell as the server fills it. */
function shell(language) {
  const all = words(language);
  const said = { ...Object.fromEntries(["skip", "views", "languages", "loading", "script"].map((key) => [key, all[`site.${key}`]])),
    lang: language, page: "work", path: "", assets: "/a", title: all["site.name"], words: JSON.stringify(all).replaceAll("<", "\\u003c") };
  return readFileSync(join(process.env.FILES, "../shell.html"), "utf8")
    .replace(/\{\{#if ko\}\}(.*?)\{\{\/if\}\}/, language === "ko" ? "$1" : "")
    .replace(/\{\{#unless ko\}\}(.*?)\{\{\/unless\}\}/, language === "ko" ? "" : "$1")
    .replace(/\{\{\{?(\w+)\}?\}\}/g, (_, key) => said[key]);
}

const session = (roles, agency = { code: "jongno", name: "종로점" }) => ({ name: "staff.one", roles, agency, hotline: "080-000-0114", ath: "x", idle_until: LATER, until: LATER });
const queue = { version: "1", as_of: AT, stock: [{ product: "usim", free: 12, held: 3 }], rows: [
  { label: "BCDFG", time: "10:00", state: "checked_in", case: ONE }, { label: "HJKLM", time: "11:00", state: "booked", case: null },
  { label: "NPQRS", time: "12:00", state: "completed", case: OTHER },
] };
const paper = (name, text) => ({ name, words: text });
const shown = (next, more = {}) => ({
  case: ONE, version: 1, news: "a", state: "checked_in", person: "adult", persons: ["adult", "child"],
  bring: { adult: [[paper("resident_card", "주민등록증"), paper("passport", "여권 (주민등록번호 뒷자리가 없으면 여권정보증명서와 함께)")]], child: [[paper("family_record", "가족관계증명서")]] },
  papers: false, present: true, seen: false, holder: "김○늘", told: 1, wait_until: null, card: null, order: null, look: null, held: false,
  swap: null, slip: null, next, ...more,
});
const order = (state, more = {}) => ({ id: OTHER, case: ONE, state, code: null, until: LATER, challenge: null, needs: [], swap: null, attached: false, ...more });
const STEPS = [["create", "done"], ["bar_new", "done"], ["key", "done"], ["bar_old", "sent"]].map(([name, state]) => ({ name, state, at: AT }));
const card = { id: ONE, last4: "0017", until: LATER };
const look = { look: OTHER, digits: "0427", until: LATER };
const swapping = (state, more = {}) => ({ order: order("started", { swap: { state, steps: STEPS }, ...more }), swap: { state, steps: STEPS }, state });

/** What stands in the pane for one customer, by the name of its picture. */
const CASES = {
  present: shown("present", { present: false, holder: null }),
  papers: shown("papers"),
  wait: shown("wait", { wait_until: LATER }),
  photo: shown("look", { look, holder: null }),
  scan: shown("scan", { state: "verified" }),
  confirm: shown("confirm", { state: "card_reserved", card }),
  lapsed: shown("confirm", { state: "card_reserved", card, order: order("lapsed", { code: "lapsed" }) }),
  refused: shown("confirm", { state: "card_reserved", card, order: order("refused", { code: "number_elsewhere" }) }),
  elsewhere: shown("confirm", { state: "card_reserved", card, order: order("made") }),
  countersign: shown("countersign", { state: "card_reserved", card, order: order("confirmed", { needs: ["countersign"] }) }),
  runs: shown("follow", swapping("awaiting_attach")),
  back: shown("follow", swapping("rolling_back")),
  gone: shown("follow", { ...swapping("verified"), state: "verified" }),
  repair: shown("follow", swapping("manual_repair")),
  attached: shown("follow", swapping("completed", { attached: true })),
  slip: shown("slip", { state: "completed", slip: { attached_at: AT, protected: true } }),
  held: shown("present", { held: true }),
};

const SUPERVISOR = {
  "GET /api/looks": { waiting: 2, oldest_seconds: 41 },
  "GET /api/countersigns": [{ id: ONE, agency: "마포점", clerk: "clerk.mapo", at: AT, until: LATER }],
  "POST /api/looks/take": { look: ONE, digits: "0427", person: "adult", holder: "김하늘", birth_year: 1980, images: [1, 2], until: LATER },
  "GET /api/stock": { products: [{ product: "usim", free: 12, held: 3, reserved: 1, quarantined: 0, defective: 2, lost: 0 }], agencies: [{ code: "mapo", name: "마포점" }],
    lots: [{ id: ONE, lot: "LOT-2025-09", product: "usim", cards: 200, expected: "2025-09-11", late: true }] },
  "GET /api/repairs": [{ case: ONE, label: "BCDFG", since: AT, reason: "in_doubt" }],
  "GET /api/day": { day: "2025-09-11", as_of: AT, cases: [{ state: "completed", count: 17 }, { state: "no_show", count: 2 }], orders: [{ state: "started", count: 17 }], used: 17, cards: [{ product: "usim", came: 200, left: 183 }] },
  "GET /api/terminals": [{ terminal: ONE, state: "on", agency: "종로점", enrolled_at: AT, thumbprint: "NzbLsXh8uDCcd6MNwXF4W7noWXFZAfHkxZsRGC9Xs0A" }, { terminal: OTHER, state: "off", agency: "종로점", enrolled_at: AT, thumbprint: null }],
};
const STATEMENT = "simrecall wave approval 2\nincident HB-2025-09\nwave 3\nkind leak-notice\nlist r2 1f0e5d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a3928170\ntargets 16647\n";

/** The page for somebody of these roles; whatever it asks is answered from `answers`, which may be changed. */
async function stand(language, roles, answers, agency) {
  const context = await chromium.newContext({ viewport: DESKTOP, permissions: ["camera"] });
  await context.route(`${ORIGIN}/**`, async (route) => {
    const url = new URL(route.request().url());
    if (!url.pathname.startsWith("/api/")) {
      const isPage = !url.pathname.startsWith("/a/");
      const body = isPage ? shell(language) : readFileSync(join(process.env.FILES, url.pathname.slice(3)));
      return route.fulfill({ body, headers: { "content-type": KINDS[isPage ? ".html" : extname(url.pathname)], "content-security-policy": AGENCY_POLICY } });
    }
    if (/\/images\//.test(url.pathname)) return route.fulfill({ body: POINT, contentType: "image/png" });
    const all = { "GET /api/terminal": { state: "on", agency, open: true }, "GET /api/session": session(roles, agency), "GET /api/queue": queue, "GET /api/queue/version": { version: "1" }, ...answers };
    const said = all[`${route.request().method()} ${url.pathname}`];
    const [status, body] = said ? [200, said] : [404, { code: "not_found" }];
    return route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) }).catch(() => {});
  });
  const page = await open(context);
  await page.goto(`${ORIGIN}/${language}/`);
  await page.locator("#views button").first().waitFor();
  return { context, page };
}

/** What every state must hold, wide and narrow, and its pictures. */
async function holds(page, name) {
  await page.waitForTimeout(120);
  await isAccessible(page, name);
  await picture(page, process.env.SCREENS, `agency-state-${name}`);
  await page.setViewportSize(PHONE);
  await fits(page, name);
  await isPressable(page, name);
  await picture(page, process.env.SCREENS, `agency-state-${name}-phone`);
  await page.setViewportSize(DESKTOP);
}

const view = (page, name) => page.locator(`#views [data-view="${name}"]`);

for (const language of ["ko", "en"]) {
  test(`a customer in the pane, in ${language}`, async () => {
    const answers = { [`GET /api/cases/${ONE}/news`]: { news: "a", at: AT }, [`GET /api/looks/${OTHER}`]: { state: "asked", until: LATER, case: ONE, images: [] } };
    const { context, page } = await stand(language, ["clerk"], answers, { code: "jongno", name: "종로점" });
    await page.locator("#visit").waitFor();
    await holds(page, `${language}-counter`);
    for (const [name, one] of Object.entries(CASES)) {
      answers[`GET /api/cases/${ONE}`] = one;
      answers[`GET /api/orders/${OTHER}`] = one.order;
      await page.locator('[data-label="BCDFG"]').click();
      await page.locator("#case h2").waitFor();
      await page.locator('[data-label="BCDFG"][aria-current]').waitFor();
      await holds(page, `${language}-${name}`);
    }
    await page.locator('[data-label="HJKLM"]').click();
    await page.locator("#case .summary dd", { hasText: "11:00" }).waitFor();
    await holds(page, `${language}-row`);
    await page.locator("#case .actions button").first().click();
    await page.locator("dialog[open]").waitFor();
    await holds(page, `${language}-sure`);
    await context.close();
  });

  test(`a supervisor's views, in ${language}`, async () => {
    const { context, page } = await stand(language, ["supervisor"], SUPERVISOR, { code: "jongno", name: "종로점" });
    await page.locator("#views .badge", { hasText: "2" }).waitFor();
    assert.match(await page.title(), /^\(\d\) /);
    for (const name of ["looks", "countersigns", "stock", "repairs", "day", "terminals"]) {
      await view(page, name).click();
      await page.locator("main h2").waitFor();
      await holds(page, `${language}-${name}`);
    }
    await view(page, "looks").click();
    await page.locator("main button.next").click();
    await page.locator(".pictures img").nth(1).waitFor();
    await page.locator(".actions button:enabled").first().waitFor();
    await holds(page, `${language}-look-taken`);
    await context.close();
  });

  test(`the centre's views, in ${language}`, async () => {
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STATEMENT))).toString("hex");
    const answers = {
      "POST /api/calls": { state: "booked", place: "종로점" }, "POST /api/holds": { done: true },
      "GET /api/looks": { waiting: 0 }, "GET /api/terminals": [],
      "GET /api/approvals": [{ wave: 3, statement: STATEMENT, statement_sha256: digest, signed: ["privacy.officer"], needed: 2 }, { wave: 4, statement: STATEMENT, statement_sha256: "00", signed: [], needed: 2 }],
    };
    const agent = await stand(language, ["agent"], answers, null);
    await agent.page.locator("#call").fill("042917");
    await agent.page.keyboard.press("Enter");
    await agent.page.locator("main .summary").waitFor();
    await agent.page.locator("#number").fill("010-0000-0000");
    await agent.page.locator("#reference").fill("CALL-1");
    await agent.page.keyboard.press("Enter");
    await agent.page.waitForTimeout(300);
    await holds(agent.page, `${language}-calls`);
    await agent.context.close();
    const { context, page } = await stand(language, ["security"], answers, null);
    await view(page, "approvals").click();
    await page.locator("main pre").first().waitFor();
    assert.equal(await page.locator("main button.next").count(), 1, "a statement whose hash is another one is not offered");
    await holds(page, `${language}-approvals`);
    await context.close();
  });
}
