// A code service after CAMARA One Time Password SMS 1.1.1, by its rules and not by our client: it takes what the
// standard lets pass, refuses the rest with the standard's codes, and its log is the telephone that the code reaches.
//
//   node otp.mjs '{"log": PATH, "token": …, "tries": 3, "codes": 5}'
//
// Tests steer it with a POST of JSON to /peer: {"numbers": {"+8210…": "PHONE_NUMBER_BLOCKED"}} refuses a number,
// {"expire": true} ends every code, {"next": {"status": …, "body": …}} is the next answer, {"next": "hang up"} none.
// It ends when its stdin closes.

import { randomInt, randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { json, text } from "node:stream/consumers";

const { log, token, tries, codes } = JSON.parse(process.argv[2]);
const file = openSync(log, "a");
const record = (event, fields) => writeSync(file, `${JSON.stringify({ event, ...fields })}\n`);

const OWN = "ONE_TIME_PASSWORD_SMS.";
const refused = new Map(); // number -> why
const sent = new Map(); // authenticationId -> {code, left, valid}
const perNumber = new Map(); // number -> how many codes
let next = null;

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.body = { status, code, message: "told to people" };
  }
}

const isText = (value, most) => typeof value === "string" && [...value].length <= most;
function need(isRight) {
  if (!isRight) throw new Refusal(400, "INVALID_ARGUMENT");
}
function only(body, ...names) {
  need(body !== null && typeof body === "object" && !Array.isArray(body));
  need(Object.keys(body).sort().join() === names.sort().join());
}

function sendCode(body) {
  only(body, "phoneNumber", "message");
  const { phoneNumber, message } = body;
  need(isText(phoneNumber, 16) && /^\+[1-9][0-9]{4,14}$/.test(phoneNumber));
  need(isText(message, 160) && /.*\{\{code\}\}.*/.test(message));
  if (refused.has(phoneNumber)) throw new Refusal(403, OWN + refused.get(phoneNumber));
  const before = perNumber.get(phoneNumber) ?? 0;
  if (before >= codes) throw new Refusal(403, `${OWN}MAX_OTP_CODES_EXCEEDED`);
  perNumber.set(phoneNumber, before + 1);
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  const authenticationId = randomUUID();
  sent.set(authenticationId, { code, left: tries, valid: true });
  record("sent", { number: phoneNumber, text: message.replaceAll("{{code}}", code), code });
  return [200, { authenticationId }];
}

function validateCode(body) {
  only(body, "authenticationId", "code");
  need(isText(body.authenticationId, 36) && isText(body.code, 10));
  const known = sent.get(body.authenticationId);
  if (!known) throw new Refusal(404, "NOT_FOUND");
  if (!known.valid) throw new Refusal(400, `${OWN}VERIFICATION_EXPIRED`);
  if (known.left === 0) throw new Refusal(400, `${OWN}VERIFICATION_FAILED`);
  known.left -= 1;
  if (known.code !== body.code) throw new Refusal(400, OWN + (known.left ? "INVALID_OTP" : "VERIFICATION_FAILED"));
  known.valid = false;
  return [204];
}

async function answer(request) {
  if (request.headers.authorization !== `Bearer ${token}`) throw new Refusal(401, "UNAUTHENTICATED");
  const operation = { "/v1/send-code": sendCode, "/v1/validate-code": validateCode }[request.url];
  if (!operation) throw new Refusal(404, "NOT_FOUND");
  if (request.method !== "POST") throw new Refusal(405, "METHOD_NOT_ALLOWED");
  if (!/^application\/json(;|$)/.test(request.headers["content-type"] ?? "")) {
    throw new Refusal(415, "UNSUPPORTED_MEDIA_TYPE");
  }
  need(/^[a-zA-Z0-9-_:;./<>{}]{0,256}$/.test(request.headers["x-correlator"] ?? ""));
  let body;
  try {
    body = JSON.parse(await text(request));
  } catch {
    need(false);
  }
  return operation(body);
}

async function steer(request, response) {
  const wanted = await json(request);
  for (const [number, why] of Object.entries(wanted.numbers ?? {})) refused.set(number, why);
  if (wanted.expire) for (const known of sent.values()) known.valid = false;
  next = wanted.next ?? null;
  response.writeHead(204).end();
}

async function serve(request, response) {
  if (request.url === "/peer") return steer(request, response);
  record("asked", { path: request.url, correlator: request.headers["x-correlator"] ?? null });
  const instead = next;
  next = null;
  if (instead === "hang up") return request.socket.destroy();
  const [status, body] = instead
    ? [instead.status, instead.body]
    : await answer(request).catch((error) => {
        if (!(error instanceof Refusal)) throw error;
        record("refused", { code: error.message });
        return [error.body.status, error.body];
      });
  const correlator = request.headers["x-correlator"];
  if (correlator) response.setHeader("x-correlator", correlator);
  if (body !== undefined) response.setHeader("content-type", "application/json");
  response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    record("error", { code: error.message });
    request.socket.destroy();
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
