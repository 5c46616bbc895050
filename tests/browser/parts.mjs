// What the browser tests share: Chromium, the rules of WCAG, and how a page must lie on a phone.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const peers = createRequire(new URL("../package.json", import.meta.url));
const { chromium } = peers("playwright-core");
const axe = readFileSync(peers.resolve("axe-core/axe.min.js"), "utf8");

/** The portal's policy, for pages that no portal serves. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The agency's: it shows pictures that it was given as bytes. */
export const AGENCY_POLICY = POLICY.replace("img-src 'self' data:", "img-src 'self' data: blob:");

export const LANGUAGES = ["ko", "en", "zh-Hans", "vi", "ja"];

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const PHONE = { width: 320, height: 640 };
export const DESKTOP = { width: 1280, height: 900 };

/** Chromium; nothing of it reaches another machine. */
export function browser(more = []) {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync", ...more],
  });
}

/** A page that fails its test when the browser complains: about the policy, a script or a missing file. */
export async function page(context) {
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

/** No rule of WCAG 2.2 AA that a machine can check is broken. */
export async function isAccessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }), TAGS);
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => `${node.target} ${node.html} ${node.failureSummary}`).join("\n    ")}`);
  assert.deepEqual(told, [], `${name}: ${told.join("\n  ")}`);
}

/** Nothing sticks out to the right, so nobody scrolls sideways. */
export async function fits(page, name) {
  const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
  assert.ok(scroll <= client, `${name}: ${scroll} px of content in ${client} px`);
}

/** What is pressed is 44 px high; links within a sentence are as high as their line. */
export async function isPressable(page, name) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, .button, input:not([type=hidden], [type=checkbox], [type=radio]), textarea, label.choice, nav a, summary")]
      .filter((one) => one.checkVisibility())
      .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
      .filter(([, height]) => height < 43.5),
  );
  assert.deepEqual(small, [], name);
}

/** A picture for people to look at. */
export async function picture(page, folder, name) {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** What every page must hold, and its picture. */
export async function looks(page, name, folder) {
  await fits(page, name);
  await isPressable(page, name);
  await isAccessible(page, name);
  await picture(page, folder, name);
}
