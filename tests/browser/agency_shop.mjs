// An agency's browsers: each becomes a terminal and has its person, and customers have their own page beside it. AGENCY and PORTAL are
// the two pages' addresses, MAILS the file of the mails that came, PEOPLE is JSON, DESK a folder where somebody answers what nobody can
// do at a terminal, SCREENS one for pictures.

import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { after, before } from "node:test";

import { DESKTOP, PHONE, browser, looks as looksOn, page as open } from "./parts.mjs";

export const agency = process.env.AGENCY.replace(/\/$/, "");
export const portal = process.env.PORTAL.replace(/\/$/, "");
export const people = JSON.parse(process.env.PEOPLE);
export const looks = (page, name) => looksOn(page, `agency-${name}`, process.env.SCREENS);
/** What Chromium says of answers that are as they should be, and of a kind of key that we do not take. */
export const USUAL = /40[019]|422|429|ERR_CONNECTION_RESET|ERR_INTERNET_DISCONNECTED|pubKeyCredParams/;

let chromium;
before(async () => { chromium = await browser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]); });
after(async () => { await chromium?.close(); });

let asked = 0;
/** Has somebody elsewhere do something. */
export async function elsewhere(what, more = {}) {
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
export async function sits(options = {}) {
  const context = await chromium.newContext({ viewport: DESKTOP, permissions: ["camera"], ...options });
  const page = await open(context);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  // Headless Chromium prints nothing; that it was asked to is what is counted.
  await page.addInitScript(() => { globalThis.printed = 0; globalThis.print = () => { globalThis.printed += 1; }; });
  // Chromium's camera begins with the same frame each time, and no two pictures of a real one are alike.
  await page.addInitScript(() => {
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function noisy(...given) {
      draw.apply(this, given);
      for (let at = 0; at < 16; at += 1) {
        this.fillStyle = `hsl(${Math.floor(Math.random() * 360)} 80% 50%)`;
        this.fillRect(at * 16, 0, 16, 16);
      }
    };
  });
  return { context, page, devtools, authenticatorId };
}

/** Waits for something to be shown; what the page says instead, if it does not come. */
export async function comes(page, what, options = {}) {
  await what.waitFor(options).catch(async (error) => {
    throw new Error(`${error.message}\n${await page.locator("main").innerText()}\n${page.complaints.join("\n")}`);
  });
}

/** Makes a browser a terminal of a place: its page asks for a code, shows the key, and goes on by itself once it is admitted. */
export async function becomesTerminal(page, language, place, shows = async () => {}) {
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
export async function signsIn(page, language, name, shows = async () => {}) {
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

/** A customer proves themselves on their own phone, and applies unless they have; gives their page. */
export async function applies(person) {
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
  const lines = page.locator('input[name="line"]');
  if (await lines.count()) {
    await lines.first().check();
    await page.locator("main form:has(fieldset) button").click();
    await page.locator(".qr").waitFor();
  }
  return page;
}

/** A browser that is a terminal of a place, the centre if none is named, and whoever signed in there. */
export async function seat(language, place, name) {
  const one = await sits();
  await becomesTerminal(one.page, language, place);
  await signsIn(one.page, language, name);
  return one;
}

/** Opens a view by its button. */
export async function views(page, name) {
  await page.locator(`#views [data-view="${name}"]`).click();
  await page.locator(`#views [data-view="${name}"][aria-current]`).waitFor();
  await page.locator("main h2").first().waitFor();
}

/** What browsers complained of that they should not. */
export const complaints = (...pages) => pages.flatMap((page) => page.complaints.filter((one) => !USUAL.test(one)));

/** What a customer's page shows to be scanned now. */
export async function shows(page, form) {
  await page.goto(`${portal}/ko/replace`);
  for (const note of await page.locator(".note").allTextContents()) {
    const found = form.exec(note);
    if (found) return found[0].replaceAll(" ", "");
  }
  throw new Error("the customer's page shows no such code");
}

export const LETTERS = /[B-DF-HJ-NP-TV-XZ]{5} [B-DF-HJ-NP-TV-XZ]{5}/;
export const DIGITS = /\b\d{6}\b/;
