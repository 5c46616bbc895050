// One order, under one id from the scan on: made, confirmed by a passkey, followed until the card is attached.

import { Refusal, call, look, renewed } from './api.js';
import { fill, make } from './dom.js';
import { button, complain, countdown, follow, goOn, sure, tell, troubles } from './parts.js';
import { get } from './passkey.js';
import { has, hour, named, t } from './words.js';

/** Milliseconds between two looks at a swap: each second for a minute, then slower. */
const PAUSES = [...Array(60).fill(1000), ...Array(60).fill(2000), 5000];
/** States in which nothing more becomes of an order. */
const ENDS = ['refused', 'lapsed'];
/** Where a case is when its swap has gone all the way back. */
const GONE = ['verified', 'fraud_hold', 'waiting'];

const name = (id) => `order:${id}`;

/** What this browser keeps of an order until it is answered: its id and the card that was scanned. */
export const kept = (id) => JSON.parse(sessionStorage.getItem(name(id)) ?? 'null');

/** At the scan: the id is made once, whatever the network does. */
export function begin(id, card) {
  const one = kept(id);
  if (one?.card !== card) sessionStorage.setItem(name(id), JSON.stringify({ id: crypto.randomUUID(), card }));
}

/** What was refused, or has lapsed, gets a new id; what was cut off keeps its own. */
function renew(id) {
  const one = kept(id);
  if (one) sessionStorage.setItem(name(id), JSON.stringify({ id: crypto.randomUUID(), card: one.card }));
}

const forget = (id) => sessionStorage.removeItem(name(id));

/** Asks for the card that was scanned to become the customer's. */
export async function place_order(one, digits) {
  const { id } = kept(one.case);
  try {
    return await call('PUT', `/api/orders/${id}`, { body: { case: one.case, card: one.card.id, digits }, again: true });
  } catch (error) {
    if (error instanceof Refusal) renew(one.case);
    throw error;
  }
}

/** Has the clerk's passkey sign exactly this order. The session has another name after it. */
export async function confirm(order) {
  const credential = await get(order.challenge);
  const answer = await call('POST', `/api/orders/${order.id}/assertion`, { body: { credential }, again: true });
  await renewed(answer);
  return answer;
}

/**
 * Shows an order and what is next for it. `begun` is told once it is confirmed,
 * `changed` when the case is to be read again, `attached` when it is done.
 */
export function order(place, first, { one, changed, attached, begun }) {
  const problem = troubles();
  const head = make('h3', { tabindex: '-1' });
  const steps = make('ol', { class: 'steps' });
  const actions = make('div', { class: 'actions' });
  place.append(head, problem, steps, actions);
  let shown = '';

  const draw = (order) => {
    const state = order.attached ? 'attached' : order.swap?.state ?? order.state;
    const drawn = JSON.stringify([state, order.needs, order.swap?.steps]);
    if (drawn === shown) return;
    shown = drawn;
    place.classList.toggle('attached', order.attached === true);
    head.textContent = named('order', state);
    fill(steps, ...(order.swap?.steps ?? []).map(step));
    const last = order.swap?.steps?.at(-1);
    tell(`${named('order', state)} ${last ? named('step', last.name) : ''}`);
    fill(actions, ...next(order, state));
    if (place.contains(document.activeElement) || document.activeElement === document.body) goOn(actions);
  };

  const sign = async (order) => {
    const answer = await confirm(order);
    begun();
    draw(answer);
    watch(order.id);
  };

  const next = (order, state) => {
    if (ENDS.includes(state)) {
      renew(one.case);
      return [make('p', {}, has('refusal', order.code) ? t(`refusal.${order.code}`) : t(`refusal.${state}`)), button(t('order.again'), changed, { main: true })];
    }
    if (order.attached) {
      forget(one.case);
      return [button(t('order.to_slip'), attached, { main: true })];
    }
    if (state === 'made') return made(order);
    if (state === 'confirmed' && order.needs?.length) return [make('p', {}, t('order.countersign')), giveUp(order)];
    if (GONE.includes(state)) return [make('p', {}, t('order.rolled_back_means')), button(t('order.again'), changed, { main: true })];
    if (state === 'manual_repair') return [make('p', {}, t('order.repair_means')), button(t('order.to_queue'), changed, { main: true })];
    return [make('p', { class: 'hint' }, t('order.means')), giveUp(order)];
  };

  const made = (order) => {
    const press = button(t('order.passkey'), () => sign(order), { main: true, place: problem });
    return [make('p', {}, t('order.passkey_means')), press, countdown(order.until, (time) => t('order.until', { time }))];
  };

  const giveUp = (order) => button(t('order.give_up'), async () => {
    if (!(await sure(t('order.give_up_sure'), t('order.give_up')))) return;
    const asked = await call('POST', `/api/orders/${order.id}/give-up/begin`, { body: {} });
    const answer = await call('POST', `/api/orders/${order.id}/give-up`, { body: { id: asked.id, credential: await get(asked) }, again: true });
    await renewed(answer);
    draw(answer);
  }, { place: problem });

  const watch = (id) => follow(place, async () => {
    const order = await look(`/api/orders/${id}`);
    draw(order);
    return order.state === 'made' || order.attached || ENDS.includes(order.state) || [...GONE, 'manual_repair'].includes(order.swap?.state);
  }, PAUSES);

  draw(first);
  if (first.state === 'made' && first.challenge) sign(first).catch((error) => complain(problem, error));
  else watch(first.id);
}

function step({ name, state, at }) {
  return make('li', { 'data-state': state }, make('span', { class: 'time' }, hour(at)), named('step', name), ' ', make('span', { class: 'hint' }, named('step_state', state)));
}
