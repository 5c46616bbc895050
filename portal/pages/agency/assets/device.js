// The key of this terminal: made here, never to leave, and the proof that a request comes from it (form of RFC 9449).

const BASE = 'simrecall';
const ROOM = 'device';
const NAME = 'key';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

const utf8 = (text) => new TextEncoder().encode(text);

/** base64url without padding. */
export function encode(bytes) {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The bytes of base64url. */
export function decode(text) {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** SHA-256 of bytes, base64url. */
export const hashed = async (bytes) => encode(await crypto.subtle.digest('SHA-256', bytes));

function open() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(BASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(ROOM);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function inRoom(mode, work) {
  const base = await open();
  try {
    return await new Promise((done, failed) => {
      const change = base.transaction(ROOM, mode, { durability: 'strict' });
      const asked = work(change.objectStore(ROOM));
      change.oncomplete = () => done(asked.result);
      change.onerror = change.onabort = () => failed(change.error);
    });
  } finally {
    base.close();
  }
}

/** Of two tabs that begin at once, one key is kept and both read that one. */
async function made() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign']);
  await inRoom('readwrite', (room) => room.add(pair, NAME)).catch((error) => {
    if (error?.name !== 'ConstraintError') throw error;
  });
  return inRoom('readonly', (room) => room.get(NAME));
}

let kept;
async function read() {
  const pair = (await inRoom('readonly', (room) => room.get(NAME))) ?? (await made());
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { sign: pair.privateKey, jwk: { kty, crv, x, y } };
}

function key() {
  kept ??= read().catch((error) => { kept = undefined; throw error; });
  return kept;
}

/** The key's thumbprint (RFC 7638), which the page shows while the terminal waits to be admitted. */
export async function thumbprint() {
  const { jwk } = await key();
  return hashed(utf8(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })));
}

/** A proof for one request: its method, whole address and body, the server's nonce, and the session if there is one. */
export async function proof({ method, url, body, nonce, ath }) {
  const { sign, jwk } = await key();
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk };
  const claims = {
    htm: method,
    htu: url,
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    bdh: await hashed(body),
    ...(nonce ? { nonce } : {}),
    ...(ath ? { ath } : {}),
  };
  const signed = `${encode(utf8(JSON.stringify(header)))}.${encode(utf8(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, sign, utf8(signed));
  return `${signed}.${encode(signature)}`;
}
