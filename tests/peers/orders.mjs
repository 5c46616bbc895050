// A carrier's system that takes signed orders, by their description and not by our client: it checks each signature, drops an
// order whose id it has seen, and keeps a log of all that reached it.
//
//   node orders.mjs '{"log": PATH, "secret": …}'
//
// Tests steer it with a POST of JSON to /peer: {"answers": {"card.ship": 503}} answers orders of a kind so from now on, and
// {"answers": {"*": 401}} all others; {"every": 3} answers every third order with 503 first. It ends when its stdin closes.

import { createHmac } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const { log, secret } = JSON.parse(process.argv[2]);
const file = openSync(log, "a");
const seen = new Set();
let answers = {};
let every = 0;
let count = 0;

function isSigned(header, body) {
  const found = /^t=([0-9]+),v1=([0-9a-f]{64})$/.exec(header ?? "");
  if (!found) return false;
  return createHmac("sha256", secret).update(`${found[1]}.${body}`).digest("hex") === found[2];
}

async function order(request) {
  const body = await text(request);
  const { id, kind, made_at: madeAt, data } = JSON.parse(body);
  const signed = isSigned(request.headers["simrecall-signature"], body);
  const named = request.headers["simrecall-order"] === id && typeof data === "object" && typeof madeAt === "string";
  count += 1;
  let status = answers[kind] ?? answers["*"] ?? 204;
  if (every > 0 && count % every === 0) status = 503;
  if (!signed || !named) status = 401;
  const isTaken = status >= 200 && status < 300;
  const again = seen.has(id);
  if (isTaken) seen.add(id);
  writeSync(file, `${JSON.stringify({ id, kind, body, status, signed, again })}\n`);
  return status;
}

async function steer(request) {
  const how = JSON.parse(await text(request));
  answers = how.answers ?? answers;
  every = how.every ?? every;
  return 204;
}

const server = createServer(async (request, response) => {
  const status = request.url === "/peer" ? await steer(request) : await order(request);
  if (status >= 300 && status < 400) response.setHeader("location", "http://127.0.0.1:1/");
  response.writeHead(status).end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
