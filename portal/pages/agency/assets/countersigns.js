// Orders that wait for a supervisor's passkey, beside their clerk's.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { button, follow, goOn, summary, tell, troubles } from './parts.js';
import { stepUp } from './passkey.js';
import { t, when } from './words.js';

/** Milliseconds between two questions whether another one waits. */
const PAUSES = [3000];

/** The supervisor's list: what makes an order need another passkey, and nothing of the customer. */
export async function countersigns(place) {
  const problem = troubles();
  const list = make('div');
  let drawn;
  fill(place, make('h2', { tabindex: '-1' }, t('countersigns.title')), make('p', {}, t('countersigns.lead')), problem, list);
  const read = async () => {
    const all = await look('/api/countersigns');
    const found = JSON.stringify(all);
    if (found === drawn) return;
    drawn = found;
    const focused = document.activeElement;
    const isHere = !focused || focused === document.body || list.contains(focused);
    fill(list, ...(all.length ? all.map((one) => order(one, problem, read)) : [make('p', { class: 'lead' }, t('countersigns.none'))]));
    // Whoever is about to sign one order does not sign another because the list grew.
    const same = focused?.dataset.order && list.querySelector(`[data-order="${CSS.escape(focused.dataset.order)}"]`);
    if (same) same.focus();
    else if (focused?.dataset.order) place.querySelector('h2').focus();
    else if (isHere) goOn(list);
  };
  await read();
  goOn(place);
  follow(list, async () => { await read(); }, PAUSES);
}

function order(one, problem, read) {
  const sign = button(t('countersigns.sign'), async () => {
    await stepUp(`/api/orders/${one.id}/countersign`);
    tell(t('countersigns.signed'));
    await read();
  }, { main: true, place: problem, 'data-order': one.id });
  return make('section', { class: 'line' }, summary([
    [t('countersigns.agency'), one.agency], [t('countersigns.clerk'), one.clerk], [t('countersigns.at'), when(one.at)],
    [t('countersigns.until'), when(one.until)], [t('countersigns.why'), t('countersigns.recent')],
  ]), make('p', { class: 'actions' }, sign));
}
