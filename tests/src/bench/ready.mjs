// How long a first visit takes on a slow phone: until there is something to read, until the script has run, until a text can be
// checked where it is. Told to the devtools protocol of Chromium; PORTAL is the server, ROUNDS how often. Says a line of JSON
// for each visit.

import { browser } from "../../browser/parts.mjs";

const portal = process.env.PORTAL;
/** A slow mobile network, and a phone a sixth as quick as this machine. Bytes a second, milliseconds for there and back. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWER = 6;
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Runs in the page before anything of it: notes when the script made its buttons, then does what a person does at once, and
 * notes when the page says that it checks here. Milliseconds since the address was typed. */
function watch() {
  const times = (globalThis.times = {});
  new MutationObserver(() => {
    if (times.script === undefined && document.querySelector("#tools button")) {
      times.script = performance.now();
      document.getElementById("text")?.focus();
    }
    const here = document.getElementById("here");
    if (times.check === undefined && here && !here.hidden) times.check = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

async function visit(chromium, path, last) {
  const context = await chromium.newContext(PHONE);
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  let bytes = 0;
  tools.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", NETWORK);
  await tools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.addInitScript(watch);
  await page.goto(`${portal}${path}`, { waitUntil: "commit", timeout: 60_000 });
  await page.waitForFunction((name) => globalThis.times[name] !== undefined, last, { timeout: 60_000 });
  const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  await page.waitForFunction(paint);
  const read = await page.evaluate(paint);
  const { script, check } = await page.evaluate(() => globalThis.times);
  await context.close();
  return { path, read, script, check: check ?? null, bytes };
}

const chromium = await browser();
for (let round = 0; round < Number(process.env.ROUNDS); round += 1) {
  for (const [path, last] of [["/ko/", "script"], ["/ko/real", "check"]]) {
    process.stdout.write(`${JSON.stringify(await visit(chromium, path, last))}\n`);
  }
}
await chromium.close();
