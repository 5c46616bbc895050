// The drawer: lots that come, cards that go on, cards that are of no use. Only counts and printed numbers, never keys.

import { call, look } from './api.js';
import { fill, make } from './dom.js';
import { choice, field, form, refused, table, tell } from './parts.js';
import { stepUp } from './passkey.js';
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
  const lots = table(t('stock.lots'), [t('stock.lot'), t('queue.product'), t('stock.expected')],
    found.lots.map((one) => [one.lot, one.product, one.late ? t('stock.late', { day: one.expected }) : one.expected]));
  fill(place, make('h2', { tabindex: '-1' }, t('stock.title')), products, lots, receive(found.lots, again),
    ...(isSupervisor ? [transfer(found, again), ...['defective', 'lost'].map((what) => single(what, again))] : [make('p', { class: 'hint' }, t('stock.supervisor'))]));
  place.querySelector('h2').focus();
}

function receive(lots, again) {
  if (!lots.length) return null;
  const lot = choice('lot', { label: t('stock.lot'), options: lots.map((one) => [one.id, one.lot]) });
  const cards = field('received', { label: t('stock.counted'), hint: t('stock.counted_hint'), inputmode: 'numeric', maxlength: 6 });
  const list = missing();
  for (const input of [lot.input, cards.input]) input.addEventListener('input', list.clear);
  return make('section', { class: 'line' }, make('h3', {}, t('stock.receive')), form(t('stock.receive_button'), [lot.all, cards.all, list.all], async () => {
    // What was announced is not said before somebody has counted.
    const lacks = lots.find((one) => one.id === lot.input.value).cards - number(cards);
    if (lacks < 0) throw refused('count_more');
    if (!list.has(lacks)) return;
    try {
      await call('POST', '/api/stock/receive', { body: { lot: lot.input.value, cards: number(cards), missing: list.cards() } });
    } catch (error) {
      // Not of this lot, or not missing: all of them are scanned once more.
      if (error.status) list.clear();
      throw error;
    }
    await again(t('stock.received'));
  }, { main: false }));
}

/** Cards of a lot that nobody found: each is scanned from the sender's list, one after the other. */
function missing() {
  const all = make('div');
  let kept = [];
  let asked;
  const ask = (lacks) => {
    asked = field('missing', { label: t('stock.missing'), hint: t('stock.missing_hint'), class: 'code', inputmode: 'numeric', maxlength: 24, 'data-takes': 'card' });
    fill(all, make('p', { class: 'note', role: 'status' }, t('stock.short', { count: count(lacks), left: count(lacks - kept.length) })),
      make('ol', {}, kept.map((one) => make('li', {}, one))), asked.all);
    asked.input.focus();
  };
  /** Whether as many are named as are missing; if not, asks for the next one. */
  const has = (lacks) => {
    const text = asked?.input.value.replace(/[\s-]/g, '') ?? '';
    if (text) {
      if (!/^89\d{16,18}$/.test(text)) throw refused('card_number');
      if (kept.includes(text)) throw refused('card_twice');
      kept.push(text);
      asked.input.value = '';
    }
    if (kept.length === lacks) return true;
    ask(lacks);
    return false;
  };
  return { all, has, cards: () => kept, clear: () => { kept = []; asked = undefined; fill(all); } };
}

function transfer({ products, agencies }, again) {
  if (!agencies.length || !products.length) return null;
  const to = choice('to', { label: t('stock.to'), options: agencies.map((one) => [one.code, one.name]) });
  const product = choice('product', { label: t('queue.product'), options: products.map((one) => [one.product, one.product]) });
  const cards = field('sent', { label: t('stock.cards'), inputmode: 'numeric', maxlength: 6 });
  return make('section', { class: 'line' }, make('h3', {}, t('stock.transfer')), form(t('stock.transfer_button'), [to.all, product.all, cards.all], async () => {
    const body = { to: to.input.value, product: product.input.value, cards: number(cards) };
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
  if (!/^\d+$/.test(text)) throw refused('cards_form');
  return Number(text);
}

/** Takes cards away, with a passkey over these very words. */
async function takeAway(what, words) {
  await stepUp(`/api/stock/${what}`, {
    begin: '/api/step-up/begin', about: { about: { what, ...words } }, words: (answered) => ({ ...words, step_up: answered }),
  });
}
