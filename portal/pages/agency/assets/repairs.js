// Swaps that could not decide by themselves, and what to say to whoever stands there. Somebody else decides.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { table } from './parts.js';
import { named, t, when } from './words.js';

/** Whose swap it is, by what the queue calls them today. */
export async function repairs(place) {
  const found = await look('/api/repairs');
  const rows = found.map((one) => [one.label, when(one.since), named('repair', one.reason)]);
  fill(place, make('h2', { tabindex: '-1' }, t('repairs.title')), make('p', {}, t('repairs.lead')),
    rows.length ? table(t('repairs.title'), [t('repairs.label'), t('repairs.since'), t('repairs.say')], rows) : make('p', { class: 'lead' }, t('repairs.none')));
  place.querySelector('h2').focus();
}
