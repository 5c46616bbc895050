// Waves that wait for a signature, and orders that wait for a second one.

import { call, look, renewed } from './api.js';
import { hashed } from './device.js';
import { fill, make } from './dom.js';
import { button, goOn, summary, tell, troubles } from './parts.js';
import { get } from './passkey.js';
import { t, when } from './words.js';

/** The bytes that are signed are the bytes that are shown; a statement with another hash is not offered. */
export async function approvals(place) {
  const problem = troubles();
  const list = make('div');
  fill(place, make('h2', { tabindex: '-1' }, t('approvals.title')), make('p', {}, t('approvals.lead')), problem, list);
  const read = async () => {
    const all = await look('/api/approvals');
    const shown = await Promise.all(all.map((one) => wave(one, problem, read)));
    fill(list, ...(shown.length ? shown : [make('p', { class: 'lead' }, t('approvals.none'))]));
    goOn(list);
  };
  await read();
}

async function wave(one, problem, read) {
  const bytes = new TextEncoder().encode(one.statement);
  const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const isSame = digest === one.statement_sha256 || (await hashed(bytes)) === one.statement_sha256;
  const sign = button(t('approvals.sign'), async () => {
    const asked = await call('POST', `/api/approvals/${one.wave}/begin`, { body: {} });
    await renewed(await call('POST', `/api/approvals/${one.wave}`, { body: { id: asked.id, credential: await get(asked) }, again: true }));
    tell(t('approvals.signed'));
    await read();
  }, { main: true, place: problem });
  return make('section', { class: 'line' },
    make('pre', { tabindex: '0' }, one.statement),
    summary([['SHA-256', make('code', {}, digest)], [t('approvals.signed_by'), one.signed.join(', ') || t('approvals.nobody')], [t('approvals.needed'), one.needed]]),
    isSame ? make('p', { class: 'actions' }, sign) : make('p', { class: 'trouble' }, t('approvals.differs')));
}

/** The supervisor's list: what makes an order need another passkey, and nothing of the customer. */
export async function countersigns(place) {
  const problem = troubles();
  const list = make('div');
  fill(place, make('h2', { tabindex: '-1' }, t('countersigns.title')), make('p', {}, t('countersigns.lead')), problem, list);
  const read = async () => {
    const all = await look('/api/countersigns');
    fill(list, ...(all.length ? all.map((one) => order(one, problem, read)) : [make('p', { class: 'lead' }, t('countersigns.none'))]));
    goOn(list);
  };
  await read();
}

function order(one, problem, read) {
  const sign = button(t('countersigns.sign'), async () => {
    const asked = await call('POST', `/api/orders/${one.id}/countersign/begin`, { body: {} });
    await renewed(await call('POST', `/api/orders/${one.id}/countersign`, { body: { id: asked.id, credential: await get(asked) }, again: true }));
    tell(t('countersigns.signed'));
    await read();
  }, { main: true, place: problem });
  return make('section', { class: 'line' }, summary([
    [t('countersigns.agency'), one.agency], [t('countersigns.clerk'), one.clerk], [t('countersigns.at'), when(one.at)],
    [t('countersigns.until'), when(one.until)], [t('countersigns.why'), t('countersigns.recent')],
  ]), make('p', { class: 'actions' }, sign));
}
