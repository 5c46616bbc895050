// Waves that wait for a signature.

import { look } from './api.js';
import { hashed } from './device.js';
import { fill, make } from './dom.js';
import { button, goOn, summary, tell, troubles } from './parts.js';
import { stepUp } from './passkey.js';
import { t } from './words.js';

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
    await stepUp(`/api/approvals/${one.wave}`);
    tell(t('approvals.signed'));
    await read();
  }, { main: true, place: problem });
  return make('section', { class: 'line' },
    make('pre', { tabindex: '0' }, one.statement),
    summary([['SHA-256', make('code', {}, digest)], [t('approvals.signed_by'), one.signed.join(', ') || t('approvals.nobody')], [t('approvals.needed'), one.needed]]),
    isSame ? make('p', { class: 'actions' }, sign) : make('p', { class: 'trouble' }, t('approvals.differs')));
}
