// Scanners and cameras before the agency's own modules, in Chromium, without a server: a scan is told from typing by its pace, read
// by the keys' places whatever an input method makes of them, and a camera reads where the browser has no reader of its own.
// FILES is the folder of the modules, READER that of the reader, FOLDER one for films.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";

import { AGENCY_POLICY, browser, page as open } from "./parts.mjs";
import { bars, film, square } from "./pictures.mjs";
import { types } from "./scanner.mjs";

const ORIGIN = "http://agency.localhost";
const CARD = "89823000000000000017";
const VISIT = "BCDFGHJKLM";
const KINDS = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const READER = { "zxing/reader/index.js": "es/reader/index.js", "zxing/share.js": "es/share.js", "zxing/zxing_reader.wasm": "reader/zxing_reader.wasm" };
const PAGE = `<!DOCTYPE html><html lang="ko"><meta charset="utf-8"><title>scan</title><script type="application/json" id="words">{}</script>
<body><main id="main"><form><label>한글 <input id="field" value="미리"></label><button id="button">ok</button></form>
<label>고르기 <input type="radio" id="radio"></label></main></body></html>`;

let chromium;
before(async () => { chromium = await browser(); });
after(async () => { await chromium?.close(); });

/** A page with nothing but the modules; it notes what they heard. */
async function stand(from = chromium) {
  const context = await from.newContext({ permissions: ["camera"] });
  await context.route(`${ORIGIN}/**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const path = READER[name] ? join(process.env.READER, READER[name]) : join(process.env.FILES, name);
    const body = name ? readFileSync(path) : PAGE;
    return route.fulfill({ body, headers: { "content-type": KINDS[extname(name) || ".html"], "content-security-policy": AGENCY_POLICY } });
  });
  const page = await open(context);
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(async () => {
    const { kindOf, listen } = await import("/scan.js");
    globalThis.heard = [];
    listen({
      scanned: (text) => globalThis.heard.push(["scan", kindOf(text)]),
      pressed: ({ code }) => globalThis.heard.push(["key", code]),
    });
    document.getElementById("button").addEventListener("click", (event) => { event.preventDefault(); globalThis.heard.push(["click"]); });
  });
  return { context, page };
}

/** What was heard, once nothing more can come. */
async function heard(page) {
  await page.waitForTimeout(450);
  return page.evaluate(() => globalThis.heard.splice(0));
}

for (const hangul of [false, true]) {
  const method = hangul ? "with a Hangul input method" : "with Latin letters";

  test(`a scan is heard wherever the focus is, ${method}`, async () => {
    const { context, page } = await stand();
    const wanted = { [CARD]: "card", [VISIT]: "visit", [VISIT.toLowerCase()]: "visit", "042917": "code" };
    for (const [text, kind] of Object.entries(wanted)) {
      for (const focus of ["body", "#field", "#button", "#radio"]) {
        if (focus === "body") await page.evaluate(() => document.activeElement?.blur());
        else await page.focus(focus);
        await types(page, text, { hangul });
        assert.deepEqual(await heard(page), [["scan", { kind, text: text.toUpperCase() }]], `${text} on ${focus}`);
        assert.equal(await page.inputValue("#field"), "미리", "a field is as it was before");
      }
    }
    assert.deepEqual(page.complaints, []);
    await context.close();
  });

  test(`a hand is not a scanner, ${method}`, async () => {
    const { context, page } = await stand();
    await page.focus("#field");
    await page.keyboard.press("End");
    await types(page, "898230gk", { ms: 160, hangul });
    assert.deepEqual((await heard(page)).filter(([what]) => what === "scan"), []);
    assert.equal(await page.inputValue("#field"), hangul ? "미리898230ㅏ" : "미리898230gk", "what somebody types stays");
    await context.close();
  });
}

test("a hand's keys outside of fields are heard one by one, and those of a scan are not", async () => {
  const { context, page } = await stand();
  await types(page, "sd", { ms: 30, enter: false });
  assert.deepEqual(await heard(page), [["key", "KeyS"], ["key", "KeyD"]]);
  await page.focus("#field");
  await types(page, "s", { enter: false });
  assert.deepEqual(await heard(page), [], "no letter is a key while a field has the focus");
  await page.focus("#radio");
  await types(page, "2", { enter: true });
  assert.deepEqual((await heard(page))[0], ["key", "Digit2"], "a digit and Enter at once: the digit comes first");
  await context.close();
});

test("what is none of ours is not taken for a customer", async () => {
  const { context, page } = await stand();
  for (const text of ["8801234567890", "BCDFGHJKLA", "898230"]) {
    await types(page, text);
    const [[, { kind }]] = await heard(page);
    assert.equal(kind, text.length === 6 ? "code" : "other", text);
  }
  await context.close();
});

for (const [name, grey, text] of [["card", bars(CARD), CARD], ["square", square(VISIT), VISIT]]) {
  test(`a camera reads a ${name} by our own module`, async () => {
    const path = film(join(process.env.FOLDER, `${name}.y4m`), grey);
    const filming = await browser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`]);
    try {
      const { context, page } = await stand(filming);
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      assert.equal(await page.evaluate(() => "BarcodeDetector" in globalThis), false, "this browser has a reader: the test shows nothing");
      const read = await page.evaluate(async () => (await import("/camera.js")).scanned());
      assert.equal(read, text);
      assert.ok(asked.some((url) => url.endsWith("/zxing/zxing_reader.wasm")), "the module came");
      assert.deepEqual(asked.filter((url) => !url.startsWith(ORIGIN)), [], "and from nowhere else");
      assert.equal(await page.locator("dialog").count(), 0);
      assert.deepEqual(page.complaints, []);
      await context.close();
    } finally {
      await filming.close();
    }
  });
}

test("a browser's own reader is asked first", async () => {
  const path = film(join(process.env.FOLDER, "own.y4m"), bars(CARD));
  const filming = await browser(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`]);
  try {
    const { page } = await stand(filming);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const read = await page.evaluate(async () => {
      globalThis.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code", "code_128"]; }
        async detect() { return [{ rawValue: "42" }]; }
      };
      return (await import("/camera.js")).scanned();
    });
    assert.equal(read, "42");
    assert.deepEqual(asked.filter((url) => url.includes("zxing")), []);
  } finally {
    await filming.close();
  }
});

test("whoever closes the camera has scanned nothing, and its light goes out", async () => {
  const { context, page } = await stand();
  await page.evaluate(() => { globalThis.answer = import("/camera.js").then(({ scanned }) => scanned()).then((text) => text ?? "nothing"); });
  await page.locator("dialog button").click();
  assert.equal(await page.evaluate(() => globalThis.answer), "nothing");
  assert.equal(await page.locator("dialog").count(), 0);
  await context.close();
});
