// What the day was, and what somebody else has to decide.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { button, summary, table } from './parts.js';
import { count, named, t, when } from './words.js';

/** The sheet at the end of the day: counts alone, printed by hand or filed. */
export async function day(place) {
  const found = await look('/api/day');
  const counted = (room, rows) => rows.map((one) => [named(room, one.state), count(one.count)]);
  const cards = found.cards.map((one) => [one.product, count(one.came), count(one.left)]);
  fill(place, make('h2', { tabindex: '-1' }, t('day.title')), summary([[t('day.day'), found.day], [t('day.used'), count(found.used)]]),
    table(t('day.cases'), [t('row.state'), t('day.count')], counted('state', found.cases)),
    table(t('day.orders'), [t('row.state'), t('day.count')], counted('ordered', found.orders)),
    table(t('day.cards'), [t('queue.product'), t('day.came'), t('day.left')], cards),
    make('p', { class: 'actions' }, button(t('day.print'), () => window.print(), { main: true })));
  place.querySelector('h2').focus();
}

/** Swaps that could not decide by themselves, and what to say to whoever stands there. */
export async function repairs(place) {
  const found = await look('/api/repairs');
  const rows = found.map((one) => [when(one.since), named('repair', one.reason)]);
  fill(place, make('h2', { tabindex: '-1' }, t('repairs.title')), make('p', {}, t('repairs.lead')),
    rows.length ? table(t('repairs.title'), [t('repairs.since'), t('repairs.say')], rows) : make('p', { class: 'lead' }, t('repairs.none')));
  place.querySelector('h2').focus();
}
