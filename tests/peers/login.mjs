// An OpenID provider that shares no line with ours: the npm package `oidc-provider`.
//
//   node login.mjs '{"log": PATH, "client": {…}, "people": {SUBJECT: {claims}}, "inToken": true, "acr": …, "amr": […]}'
//
// Whoever opens the login page types a subject and is that person: a browser does it, and so does a plain POST. Tests
// steer it with a POST of JSON to /peer: {"rotate": true} takes new keys; {"acr": …, "amr": …} is how the next people
// log in; {"forge": {…}} spoils the next token (see `forge`). It ends when its stdin closes.

import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { json, text } from "node:stream/consumers";

console.warn = console.info = () => {}; // it would like a later Node, and says where a default is not for everybody
const jose = await import("jose");
const { Provider } = await import("oidc-provider");

const { log, client, people, inToken, ...strength } = JSON.parse(process.argv[2]);
const file = openSync(log, "a");
const record = (event, fields) => writeSync(file, `${JSON.stringify({ event, ...fields })}\n`);

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "RS512", "HS256"];
let spoil = null; // how the next token is spoilt
let keys; // the private keys in use, by algorithm
let provider;

const made = (alg, kind, options) => {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomUUID() };
};
const newKeys = () => [
  made("RS256", "rsa", { modulusLength: 2048 }),
  made("PS256", "rsa", { modulusLength: 2048 }),
  made("RS512", "rsa", { modulusLength: 2048 }),
  made("ES256", "ec", { namedCurve: "P-256" }),
  made("EdDSA", "ed25519"),
];

function start(issuer) {
  keys = newKeys();
  provider = new Provider(issuer, {
    clients: [{ grant_types: ["authorization_code"], response_types: ["code"], ...client }],
    jwks: { keys },
    acrValues: ["1", "2", "3"],
    claims: {
      openid: ["sub", "acr", "amr"],
      phone: ["phone_number", "phone_number_verified"],
      email: ["email", "email_verified"],
      auth_time: null,
    },
    conformIdTokenClaims: !inToken,
    cookies: { keys: [randomUUID()] },
    enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (_, subject) =>
      people[subject] && { accountId: subject, claims: () => ({ sub: subject, ...people[subject] }) },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid phone email");
      await grant.save();
      return grant;
    },
  });
  provider.use(forging);
  provider.on("server_error", (_, error) => record("server_error", { code: error.message }));
  provider.on("grant.error", (_, error) => record("refused", { code: error.error }));
  provider.on("grant.success", () => record("granted", {}));
}

async function forging(ctx, next) {
  await next();
  if (!spoil) return;
  if (ctx.path === "/token" && ctx.body?.id_token) ctx.body = await forge(ctx.body);
  if (ctx.path === "/me" && spoil.told) ctx.body = { ...ctx.body, ...spoil.told };
}

// A token like the one issued, with other claims (`claims`, null takes one out), made in another way (`by`): "none",
// "secret" (HS256 by the client's secret), "public" (HS256 by the public key), "stranger" (a key nobody knows, under a
// name nobody knows), "impostor" (the same under the name of the right key), "nobody" (the signature of another token),
// with another access token beside it (`access`), or with other data told to whoever has that (`told`).
async function forge(body) {
  const { claims = {}, by } = spoil;
  const header = jose.decodeProtectedHeader(body.id_token);
  const hash = createHash("sha256").update(body.access_token).digest().subarray(0, 16);
  const payload = { ...jose.decodeJwt(body.id_token), at_hash: hash.toString("base64url"), ...claims };
  for (const name of Object.keys(payload)) if (payload[name] === null) delete payload[name];
  const sign = (key, head) => new jose.SignJWT(payload).setProtectedHeader(head).sign(key);
  const bytes = (value) => new TextEncoder().encode(value);
  const jwk = keys.find((key) => key.kid === header.kid);
  const right = jwk && (await jose.importJWK(jwk, header.alg));
  const wrong = async () => (await jose.generateKeyPair(header.alg)).privateKey;
  const ways = {
    none: () => new jose.UnsecuredJWT(payload).encode(),
    secret: () => sign(bytes(client.client_secret), { alg: "HS256" }),
    public: async () => sign(bytes(await jose.exportSPKI(await publicKey(jwk))), { ...header, alg: "HS256" }),
    stranger: async () => sign(await wrong(), { ...header, kid: randomUUID() }),
    impostor: async () => sign(await wrong(), header),
    nobody: async () => {
      const [head, , signature] = body.id_token.split(".");
      return [head, jose.base64url.encode(JSON.stringify(payload)), signature].join(".");
    },
    right: () => sign(right, header),
  };
  const access = spoil.access ? { access_token: spoil.access } : {};
  return { ...body, ...access, id_token: await ways[by ?? "right"]() };
}

async function publicKey({ kty, n, e, crv, x, y }) {
  return jose.importJWK({ kty, n, e, crv, x, y }, kty === "RSA" ? "RS256" : undefined, { extractable: true });
}

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title><link rel="icon" href="data:,">
<h1>Log in</h1><form method="post"><label>Customer <input name="login" required></label>
<button>Log in</button> <button name="no" value="no" formnovalidate>Cancel</button></form></html>`;

async function interact(request, response) {
  await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(page);
    return;
  }
  const typed = new URLSearchParams(await text(request));
  const known = Object.hasOwn(people, typed.get("login") ?? "");
  const result = typed.has("no") || !known
    ? { error: "access_denied" }
    : { login: { accountId: typed.get("login"), ...strength } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function steer(request, response) {
  const { rotate, forge, ...how } = await json(request);
  if (rotate) start(provider.issuer);
  if (forge !== undefined) spoil = forge;
  Object.assign(strength, how);
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, provider.issuer);
  const answer = pathname === "/peer" ? steer(request, response)
    : pathname.startsWith("/interaction/") ? interact(request, response)
    : provider.callback()(request, response);
  Promise.resolve(answer).catch((error) => {
    record("error", { code: error.message });
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  start(`http://127.0.0.1:${port}`);
  console.log(port);
});
process.stdin.on("end", () => process.exit()).resume();
