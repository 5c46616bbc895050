// The packages in Chromium, under the portal's policy, from addresses of any name.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { file, fixtures, peers } from "./packages.mjs";

const { chromium } = peers("playwright-core");

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const PLACES = {
  check: "/a/check.0123456789ab.js",
  checkModule: "/a/check_bg.0123456789ab.wasm",
  matcher: "/a/matcher.0123456789ab.js",
  matcherModule: "/a/matcher_bg.0123456789ab.wasm",
  register: "/register.json",
};

const TEXT =
  "[한빛모바일]\n김민수 고객님께\n고객님의 휴대전화번호가 유출된 사실을 확인하여 알려드립니다. 문의 114\n확인 코드 28T-5CY-4TH";

const REGISTER = {
  form: "simrecall register v1",
  incident: "HB-2025-09",
  published_at: "2025-09-12T00:00:00Z",
  waves: [
    {
      wave: 3,
      released_at: "2025-09-12T00:00:00Z",
      statement_sha256: null,
      wordings: [
        {
          no: 1,
          sha256: "00ff",
          sender: "114",
          from: "2025-09-12T00:00:00Z",
          until: null,
          wording: {
            kind: "confirmed",
            language: "ko",
            rung: "lms",
            role: "holder",
            subject: null,
            pieces: [
              "[한빛모바일]\n",
              " 고객님께\n고객님의 휴대전화번호가 유출된 사실을 확인하여 알려드립니다. 문의 114\n확인 코드 ",
              "",
            ],
            gaps: ["name", "code"],
          },
        },
      ],
    },
  ],
};

const page = (places) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title>` +
  `<script type="application/json" id="words">${JSON.stringify(places)}</script><script type="module" src="/run.mjs"></script></html>`;

const served = new Map([
  ["/", ["text/html; charset=utf-8", page(PLACES)]],
  ["/run.mjs", ["text/javascript", readFileSync(new URL("page/run.mjs", import.meta.url))]],
  [PLACES.check, ["text/javascript", readFileSync(file("check/web"))]],
  [PLACES.checkModule, ["application/wasm", readFileSync(file("check/module.wasm"))]],
  [PLACES.matcher, ["text/javascript", readFileSync(file("matcher/web"))]],
  [PLACES.matcherModule, ["application/wasm", readFileSync(file("matcher/module.wasm"))]],
  [PLACES.register, ["application/json", JSON.stringify(REGISTER)]],
]);

let policy = POLICY;
const server = createServer((request, response) => {
  const [type, body] = served.get(request.url) ?? [];
  // A browser asks for an icon by itself.
  response.writeHead(body ? 200 : request.url === "/favicon.ico" ? 204 : 404, {
    "content-security-policy": policy,
    "content-type": type ?? "text/plain",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
});

let profile;
let browser;

before(async () => {
  const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
  assert.ok(program, "chromium is missing; run: make setup");
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  profile = mkdtempSync(join(tmpdir(), "simrecall-chromium-"));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
});

after(async () => {
  await browser?.close();
  server.close();
  if (profile) rmSync(profile, { recursive: true, force: true });
});

/** Opens the page; gives it, what it asked the server for, and what it complained of. */
async function open() {
  const tab = await browser.newPage();
  const asked = [];
  const complaints = [];
  tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(String(error)));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const started = await tab.evaluate(() => globalThis.started);
  return { tab, started, asked: asked.filter((path) => path !== "/favicon.ico"), complaints };
}

test("both packages run under the policy and load nothing but what they are told", async () => {
  const { tab, started, asked, complaints } = await open();
  assert.equal(started, "ready");
  assert.deepEqual(complaints, []);
  assert.deepEqual(new Set(asked), new Set(["/", "/run.mjs", ...Object.values(PLACES)]));
  const said = await tab.evaluate(
    (fixtures) =>
      fixtures.map(({ kind, typed }) => {
        try {
          return { normal: globalThis.check[`check_${kind}`](typed) };
        } catch (error) {
          return { reason: error.message };
        }
      }),
    fixtures,
  );
  assert.deepEqual(said, fixtures.map(({ normal, reason }) => (reason ? { reason } : { normal })));
  await tab.close();
});

test("a text is held against the register without leaving the browser", async () => {
  const { tab, asked } = await open();
  const before = asked.length;
  const is = (text, sender) =>
    tab.evaluate(([text, sender]) => {
      const answer = globalThis.register.classify(text, sender);
      return [answer.is, answer.wave, answer.addressed_to, answer.places, answer.place_kind(0)];
    }, [text, sender]);
  assert.deepEqual(await is(TEXT), ["official", 3, "김민수", 0, undefined]);
  assert.deepEqual(await is(TEXT, "1588-0000"), ["other_sender", 3, "김민수", 0, undefined]);
  assert.deepEqual(await is(TEXT.replace("114", "1588")), ["altered", 3, undefined, 1, "changed"]);
  assert.deepEqual(await is("택배 http://example.com"), ["link", undefined, undefined, 0, undefined]);
  assert.equal(asked.length, before);
  await tab.close();
});

test("a QR code is drawn inside its margin", async () => {
  const { tab } = await open();
  const box = await tab.evaluate(() => {
    const { x, y, width, height } = globalThis.draw(globalThis.check.qr("7K2-M9Q-X4T"));
    return { x, y, width, height };
  });
  assert.deepEqual(box, { x: 4, y: 4, width: 21, height: 21 });
  await tab.close();
});

test("a browser that refuses WebAssembly says so, and the page goes on", async () => {
  policy = POLICY.replace(" 'wasm-unsafe-eval'", "");
  const { tab, started } = await open();
  policy = POLICY;
  assert.equal(started, "CompileError");
  assert.equal(await tab.title(), "test");
  await tab.close();
});
