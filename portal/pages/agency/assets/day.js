// What the day was, and what somebody else has to decide.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { button, table } from './parts.js';
import { count, hour, named, t, when } from './words.js';

/** The sheet at the end of the day: counts alone, printed by hand or filed. */
export async function day(place) {
  const found = await look('/api/day');
  const states = Object.entries(found.states ?? {}).map(([state, number]) => [named('state', state), count(number)]);
  const cards = (found.products ?? []).map((one) => [one.product, count(one.in ?? 0), count(one.used ?? 0), count(one.left ?? 0)]);
  fill(place, make('h2', { tabindex: '-1' }, t('day.title')), make('p', { class: 'hint' }, t('queue.as_of', { time: hour(found.as_of) })),
    table(t('day.cases'), [t('row.state'), t('day.count')], states),
    table(t('day.cards'), [t('queue.product'), t('day.in'), t('day.used'), t('day.left')], cards),
    make('p', { class: 'actions' }, button(t('day.print'), () => window.print(), { main: true })));
  place.querySelector('h2').focus();
}

/** Swaps that could not decide by themselves: their state, and what to say to whoever stands there. */
export async function repairs(place) {
  const found = await look('/api/repairs');
  const rows = (found.rows ?? found).map((one) => [when(one.since ?? one.at), named('state', one.state), named('repair', one.reason ?? one.code)]);
  fill(place, make('h2', { tabindex: '-1' }, t('repairs.title')), make('p', {}, t('repairs.lead')),
    rows.length ? table(t('repairs.title'), [t('repairs.since'), t('row.state'), t('repairs.say')], rows) : make('p', { class: 'lead' }, t('repairs.none')));
  place.querySelector('h2').focus();
}
