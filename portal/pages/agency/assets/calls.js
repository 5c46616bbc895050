// The customer centre: what a caller's own code opens, and one thing that may be done without it.

import { call } from './api.js';
import { fill, make } from './dom.js';
import { field, form, goOn, summary, tell } from './parts.js';
import { named, t } from './words.js';

/** The agent's view. */
export function calls(place) {
  const code = field('call', { label: t('calls.code'), hint: t('calls.hint'), class: 'code', inputmode: 'numeric', maxlength: 6, 'data-takes': 'code' });
  const answer = make('div', { role: 'status' });
  const asked = form(t('calls.button'), code.all, async () => {
    fill(answer);
    const found = await call('POST', '/api/calls', { body: { code: code.input.value.trim() } });
    code.input.value = '';
    fill(answer, summary([[t('row.state'), named('state', found.state)], [t('calls.place'), found.place?.name ?? found.place ?? t('calls.no_place')]]));
  });
  fill(place, make('h2', { tabindex: '-1' }, t('calls.title')), make('p', {}, t('calls.lead')), asked, answer, hold());
  goOn(place);
}

/** The answer is the same for every number. */
function hold() {
  const number = field('number', { label: t('hold.number'), inputmode: 'tel', maxlength: 20 });
  const reference = field('reference', { label: t('hold.reference'), maxlength: 40 });
  const said = make('p', { role: 'status' });
  return make('section', { class: 'line' }, make('h3', {}, t('hold.title')), make('p', {}, t('hold.lead')), form(t('hold.button'), [number.all, reference.all], async () => {
    await call('POST', '/api/holds', { body: { number: number.input.value, reference: reference.input.value.trim() } });
    number.input.value = '';
    reference.input.value = '';
    said.textContent = t('hold.done');
    tell(t('hold.done'));
  }, { main: false }), said);
}
