// What the day was: counts alone, printed by hand or filed.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { button, summary, table } from './parts.js';
import { count, named, t, when } from './words.js';

/** The sheet at the end of the day. On paper it says of which shop and day it is, and as of when. */
export async function day(place, { agency }) {
  const found = await look('/api/day');
  const counted = (room, rows) => rows.map((one) => [named(room, one.state), count(one.count)]);
  const cards = found.cards.map((one) => [one.product, count(one.came), count(one.left)]);
  fill(place, make('h2', { tabindex: '-1' }, t('day.title')),
    summary([[t('day.agency'), agency], [t('day.day'), found.day], [t('day.as_of'), when(found.as_of)], [t('day.used'), count(found.used)]]),
    table(t('day.cases'), [t('row.state'), t('day.count')], counted('state', found.cases)),
    table(t('day.orders'), [t('row.state'), t('day.count')], counted('ordered', found.orders)),
    table(t('day.cards'), [t('queue.product'), t('day.came'), t('day.left')], cards),
    make('p', { class: 'actions' }, button(t('day.print'), () => window.print(), { main: true })));
  place.querySelector('h2').focus();
}
