// One way to ask the server. Every request is signed anew; what may be repeated is repeated when the network cuts it.

import { proof } from './device.js';

/** What the server said no to, by its stable code; `left` says how many more tries there are, where they are counted. */
export class Refusal extends Error {
  constructor(status, code, { detail, left } = {}) {
    super(code);
    Object.assign(this, { status, code, detail: detail ?? [], left });
  }
}

/** No answer: whether it arrived is not known. */
export class Cut extends Error {
  constructor() {
    super('cut');
    this.code = 'cut';
  }
}

/** Says `cut`, `back` and `signed_out`. */
export const line = new EventTarget();

/** Milliseconds until an answer is no longer waited for. */
const PATIENCE = 15_000;
/** Pauses before what may be repeated is asked again, in milliseconds. */
const PAUSES = [300, 1000, 2000, 4000, 8000];
/** How often a stale nonce is taken for the network's fault. */
const NONCES = 3;

const rest = (ms) => new Promise((done) => { setTimeout(done, ms); });

let nonce;
let ath;
let ahead = 0;
let isCut = false;
/** Ends with the step-up that is under way, if one is. */
let stepping;

/** The server's time, in milliseconds: the shop's clock counts for nothing. */
export const now = () => Date.now() + ahead;

function heard() {
  if (isCut) line.dispatchEvent(new Event('back'));
  isCut = false;
}

function lost() {
  if (!isCut) line.dispatchEvent(new Event('cut'));
  isCut = true;
}

/** Sends once, with a proof of its own. */
async function send({ method, path, bytes, type, isLoose = false }) {
  const url = new URL(path, location.origin).href;
  const signed = await proof({ method, url, body: bytes, nonce, ath: isLoose ? undefined : ath });
  let answer;
  let content;
  try {
    answer = await fetch(url, {
      method,
      headers: { DPoP: signed, ...(type ? { 'Content-Type': type } : {}) },
      body: type ? bytes : undefined,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
    content = await answer.blob();
  } catch {
    lost();
    throw new Cut();
  }
  heard();
  nonce = answer.headers.get('DPoP-Nonce') ?? nonce;
  const told = Date.parse(answer.headers.get('Date') ?? '');
  if (told) ahead = told - Date.now();
  return { status: answer.status, ok: answer.ok, content };
}

async function read({ status, ok, content }) {
  if (content.type.startsWith('image/') && ok) return content;
  const text = await content.text();
  let said;
  try {
    said = text ? JSON.parse(text) : undefined;
  } catch { /* no document of ours: told by its status */ }
  if (ok) return said;
  throw new Refusal(status, said?.code ?? 'other', said);
}

/** Asks until the nonce is one the server takes: it has done nothing before. */
async function signed(asked) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read(await send(asked));
    } catch (error) {
      if (error.code !== 'use_nonce' || tries >= NONCES) throw error;
    }
  }
}

let asking;
/** The session as the server has it, and what binds the next proofs to it. Whoever asks meanwhile waits for the same answer. */
export function session() {
  asking ??= signed({ method: 'GET', path: '/api/session', bytes: new Uint8Array(), isLoose: true })
    .then(bind)
    .finally(() => { asking = undefined; });
  return asking;
}

/** What a sign-in answered, or what followed from a passkey: the cookie is another one. */
export function bind(found) {
  ath = found.ath;
  return found;
}

/** The same of an answer that may not say so. */
const renewed = async (answer) => { if (answer?.ath) bind(answer); else await session(); };

/**
 * Another tab, or a step of this one, may have got the session a new name: nothing was done, so it is asked once more. As long as a
 * step's answer has not come nobody here knows that name, and that nobody is signed in is not true.
 */
async function inSession(asked, isStep = false) {
  const before = ath;
  try {
    return await signed(asked);
  } catch (error) {
    if (error.code !== 'signed_out' || before === undefined) throw error;
  }
  if (!isStep) await stepping;
  try {
    await session();
    return await signed(asked);
  } catch (error) {
    if (error.code === 'signed_out') line.dispatchEvent(new Event('signed_out'));
    throw error;
  }
}

/**
 * Asks the server. `body` goes as JSON, `image` as it is. What only reads, and what carries its own id (`again`), is asked again
 * with the same words when no answer came; anything else is left to the person, who sees the state as it is.
 */
export async function call(method, path, { body, image, again = method === 'GET', isStep = false } = {}) {
  const type = image ? 'image/jpeg' : body !== undefined ? 'application/json' : undefined;
  const bytes = image
    ? new Uint8Array(await image.arrayBuffer())
    : new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body));
  if (!isStep) await stepping;
  for (const pause of again ? PAUSES : []) {
    try {
      return await inSession({ method, path, bytes, type }, isStep);
    } catch (error) {
      const passes = error instanceof Cut || error.status === 503;
      if (!passes) throw error;
      await rest(pause);
    }
  }
  return inSession({ method, path, bytes, type }, isStep);
}

/**
 * Sends what a passkey answered. The session has another name after it, and what came of it is asked for again if its answer is
 * lost. Whatever else this page asks waits meanwhile.
 */
export async function step(path, body) {
  const before = stepping;
  let end;
  const mine = new Promise((done) => { end = done; });
  stepping = mine;
  await before;
  try {
    const answer = await call('POST', path, { body, again: true, isStep: true });
    await renewed(answer);
    return answer;
  } finally {
    if (stepping === mine) stepping = undefined;
    end();
  }
}

/** For what is asked at intervals: once, and the next time comes anyway. */
export async function look(path) {
  await stepping;
  return inSession({ method: 'GET', path, bytes: new Uint8Array() });
}
