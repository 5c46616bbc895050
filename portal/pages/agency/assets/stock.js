// The drawer: lots that come, cards that go on, cards that are of no use. Only counts and printed numbers, never keys.

import { call, look, renewed } from './api.js';
import { fill, make } from './dom.js';
import { choice, field, form, table, tell } from './parts.js';
import { get } from './passkey.js';
import { count, t } from './words.js';

/** What a product's cards are, one column each. */
const KEPT = ['free', 'held', 'reserved', 'quarantined', 'defective', 'lost'];

/** The stock view; `isSupervisor` opens what needs a supervisor's passkey. */
export async function stock(place, { isSupervisor }) {
  const found = await look('/api/stock');
  const again = async (said) => {
    tell(said);
    await stock(place, { isSupervisor });
  };
  const products = table(t('stock.products'), [t('queue.product'), ...KEPT.map((kept) => t(`stock.kept_${kept}`))],
    found.products.map((one) => [one.product, ...KEPT.map((kept) => count(one[kept]))]));
  const lots = table(t('stock.lots'), [t('stock.lot'), t('queue.product'), t('stock.cards'), t('stock.expected')],
    found.lots.map((one) => [one.lot, one.product, count(one.cards), one.late ? t('stock.late', { day: one.expected }) : one.expected]));
  fill(place, make('h2', { tabindex: '-1' }, t('stock.title')), products, lots, receive(found.lots, again),
    ...(isSupervisor ? [transfer(found.products, again), ...['defective', 'lost'].map((what) => single(what, again))] : [make('p', { class: 'hint' }, t('stock.supervisor'))]));
  place.querySelector('h2').focus();
}

function receive(lots, again) {
  if (!lots.length) return null;
  const lot = choice('lot', { label: t('stock.lot'), options: lots.map((one) => [one.id, one.lot]) });
  const cards = field('received', { label: t('stock.counted'), hint: t('stock.counted_hint'), inputmode: 'numeric', maxlength: 6 });
  return make('section', { class: 'line' }, make('h3', {}, t('stock.receive')), form(t('stock.receive_button'), [lot.all, cards.all], async () => {
    await call('POST', '/api/stock/receive', { body: { lot: lot.input.value, cards: number(cards) } });
    await again(t('stock.received'));
  }, { main: false }));
}

function transfer(products, again) {
  const to = field('to', { label: t('stock.to'), maxlength: 32 });
  const product = choice('product', { label: t('queue.product'), options: products.map((one) => [one.product, one.product]) });
  const cards = field('sent', { label: t('stock.cards'), inputmode: 'numeric', maxlength: 6 });
  return make('section', { class: 'line' }, make('h3', {}, t('stock.transfer')), form(t('stock.transfer_button'), [to.all, product.all, cards.all], async () => {
    const body = { to: to.input.value.trim(), product: product.input.value, cards: number(cards) };
    await takeAway('transfer', body);
    await again(t('stock.transferred'));
  }, { main: false }));
}

function single(what, again) {
  const card = field(what, { label: t('scan.card'), class: 'code', inputmode: 'numeric', maxlength: 24, 'data-takes': 'card' });
  return make('section', { class: 'line' }, make('h3', {}, t(`stock.${what}`)), form(t(`stock.${what}_button`), card.all, async () => {
    const body = { iccid: card.input.value.replace(/\s/g, '') };
    await takeAway(what, body);
    await again(t(`stock.${what}_done`));
  }, { main: false }));
}

function number({ input }) {
  const text = input.value.replaceAll(',', '').trim();
  if (!/^\d+$/.test(text)) throw Object.assign(new Error('cards'), { code: 'cards_form' });
  return Number(text);
}

/** Takes cards away, with a passkey over these very words. */
async function takeAway(what, words) {
  const asked = await call('POST', '/api/step-up/begin', { body: { about: { what, ...words } } });
  const credential = await get(asked);
  await renewed(await call('POST', `/api/stock/${what}`, { body: { ...words, step_up: { id: asked.id, credential } } }));
}
