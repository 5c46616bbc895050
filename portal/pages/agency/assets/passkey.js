// Passkeys: the server's options become the browser's, and its answer becomes JSON.

import { call, step } from './api.js';
import { decode, encode } from './device.js';

const told = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));

/** Makes a passkey for whoever holds the code. */
export async function create({ publicKey }) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: decode(publicKey.challenge),
      user: { ...publicKey.user, id: decode(publicKey.user.id) },
      excludeCredentials: told(publicKey.excludeCredentials),
    },
  });
  return {
    ...outline(made),
    response: {
      attestationObject: encode(made.response.attestationObject),
      clientDataJSON: encode(made.response.clientDataJSON),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

/** Has a passkey sign the server's challenge. */
export async function get({ publicKey }) {
  const given = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: decode(publicKey.challenge),
      allowCredentials: told(publicKey.allowCredentials),
    },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = given.response;
  return {
    ...outline(given),
    response: {
      authenticatorData: encode(authenticatorData),
      clientDataJSON: encode(clientDataJSON),
      signature: encode(signature),
      userHandle: userHandle ? encode(userHandle) : null,
    },
  };
}

/**
 * One act with a passkey of its own: asks `begin` for a question over `about`, and sends the answer to `path`, with `words` around
 * it if there are any. The session has another name after it.
 */
export async function stepUp(path, { begin = `${path}/begin`, about = {}, words = (answered) => answered } = {}) {
  const asked = await call('POST', begin, { body: about });
  return step(path, words({ id: asked.id, credential: await get(asked) }));
}

function outline(credential) {
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    extensions: credential.getClientExtensionResults(),
  };
}

/** Whether the person turned away, or took too long. */
export const isDeclined = (error) => error?.name === 'NotAllowedError' || error?.name === 'AbortError';
