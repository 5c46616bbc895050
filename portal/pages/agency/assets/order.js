// One order, under one id from the scan on: made, confirmed by a passkey, followed until the card is attached.

import { Refusal, call, look, step as stepped } from './api.js';
import { fill, make } from './dom.js';
import { busy, button, countdown, follow, goOn, sure, tell, troubles } from './parts.js';
import { get, stepUp } from './passkey.js';
import { has, hour, named, t } from './words.js';

/** Milliseconds between two looks at a swap: each second for a minute, then slower. */
const PAUSES = [...Array(60).fill(1000), ...Array(60).fill(2000), 5000];
/** States in which nothing more becomes of an order. */
const ENDS = ['refused', 'lapsed'];
/** Where a case is when its swap has gone all the way back. */
const GONE = ['verified', 'fraud_hold', 'waiting'];
/** Answers after which the same order is asked for once more: nothing was decided. */
const PASSING = [401, 429, 503];

const name = (id) => `order:${id}`;

/** What this browser keeps of an order until it is answered: its id and the card that was scanned. */
export const kept = (id) => JSON.parse(sessionStorage.getItem(name(id)) ?? 'null');

/** At the scan: the id is made once, whatever the network does. */
export function begin(id, card) {
  const one = kept(id);
  if (one?.card !== card) sessionStorage.setItem(name(id), JSON.stringify({ id: crypto.randomUUID(), card }));
}

/** What was refused, has lapsed or went back gets a new id; what was cut off keeps its own. */
function renew(id) {
  const one = kept(id);
  if (one) sessionStorage.setItem(name(id), JSON.stringify({ id: crypto.randomUUID(), card: one.card }));
}

const forget = (id) => sessionStorage.removeItem(name(id));

/** Asks for the card that was scanned to become the customer's. */
export async function placeOrder(one, digits) {
  const { id } = kept(one.case);
  try {
    return await call('PUT', `/api/orders/${id}`, { body: { case: one.case, card: one.card.id, digits }, again: true });
  } catch (error) {
    if (error instanceof Refusal && !PASSING.includes(error.status)) renew(one.case);
    throw error;
  }
}

/** Has the clerk's passkey sign exactly this order. The session has another name after it. */
async function confirm(order) {
  return stepped(`/api/orders/${order.id}/assertion`, { credential: await get(order.challenge) });
}

/** Why an order ended before it began, and what that means for the customer. */
export function ended({ code, state }) {
  if (has('refusal', code)) return t(`refusal.${code}`);
  const why = has('problem', code) ? `${t(`problem.${code}`)} ` : '';
  return `${why}${t(`refusal.${state}`)}`;
}

/** What stands below an order's steps. It is drawn anew only when it is another one: whoever has its button keeps it. */
function kindOf(order, state) {
  if (ENDS.includes(state)) return 'ended';
  if (order.attached) return 'attached';
  if (state === 'made') return order.challenge ? 'made' : 'elsewhere';
  if (state === 'confirmed' && order.needs?.length) return 'countersign';
  if (GONE.includes(state)) return 'gone';
  if (state === 'manual_repair') return 'repair';
  return state === 'rolling_back' ? 'back' : 'runs';
}

/**
 * Shows an order and what is next for it. `begun` is told once it is confirmed, `changed` when the case is to be read again,
 * `attached` when it is done, `away` when somebody else is to be served meanwhile.
 */
export function order(place, first, { one, changed, attached, begun, away }) {
  const problem = troubles();
  const head = make('h3', { tabindex: '-1' });
  const steps = make('ol', { class: 'steps' });
  const actions = make('div', { class: 'actions' });
  place.append(head, problem, steps, actions);
  let shown = '';
  let below = '';

  const draw = (order) => {
    const state = order.attached ? 'attached' : order.swap?.state ?? order.state;
    const kind = kindOf(order, state);
    const drawn = JSON.stringify([state, kind, order.code, order.swap?.steps]);
    if (drawn === shown) return;
    shown = drawn;
    place.classList.toggle('attached', order.attached === true);
    head.textContent = kind === 'countersign' ? named('next', kind) : named('order', state);
    fill(steps, ...(order.swap?.steps ?? []).map(step));
    const last = order.swap?.steps?.at(-1);
    tell(`${named('order', state)} ${last ? named('step', last.name) : ''}`);
    if (kind === below) return;
    below = kind;
    const isHere = place.contains(document.activeElement) || document.activeElement === document.body;
    fill(actions, ...next[kind](order, state));
    if (isHere) goOn(actions);
  };

  const sign = async (order) => {
    const answer = await confirm(order);
    begun();
    draw(answer);
  };

  const aside = () => button(t('case.to_queue'), away);
  const again = (means) => {
    renew(one.case);
    return [make('p', {}, means), button(t('order.again'), changed, { main: true })];
  };
  const next = {
    ended: (order, state) => again(ended({ ...order, state })),
    gone: (order, state) => again(t(state === 'fraud_hold' ? 'order.held_means' : 'order.rolled_back_means')),
    attached: () => {
      forget(one.case);
      return [button(t('order.to_slip'), attached, { main: true })];
    },
    made: (order) => [make('p', {}, t('order.passkey_means')), button(t('order.passkey'), () => sign(order), { main: true, place: problem }),
      countdown(order.until, (time) => t('order.until', { time }))],
    elsewhere: (order) => [make('p', {}, t('order.elsewhere')), countdown(order.until, (time) => t('order.until', { time })), aside()],
    countersign: (order) => [make('p', {}, t('order.countersign')), aside(), giveUp(order)],
    repair: () => [make('p', {}, t('order.repair_means')), button(t('order.to_queue'), away, { main: true })],
    back: () => [make('p', {}, t('order.back_means')), aside()],
    runs: (order) => [make('p', { class: 'hint' }, t('order.means')), aside(), giveUp(order)],
  };

  const giveUp = (order) => button(t('order.give_up'), async () => {
    if (!(await sure(t('order.give_up_sure'), t('order.give_up')))) return;
    draw(await stepUp(`/api/orders/${order.id}/give-up`));
  }, { place: problem });

  draw(first);
  // Once the customer has said their digits, the passkey is asked for at once; its button says so while it is.
  if (kindOf(first, first.state) === 'made') busy(actions.querySelector('[data-next]'), problem, () => sign(first));
  follow(place, async () => {
    const order = await look(`/api/orders/${first.id}`);
    if (!head.isConnected) return true;
    draw(order);
    return ['ended', 'attached', 'gone', 'repair'].includes(below);
  }, PAUSES);
}

function step({ name, state, at }) {
  return make('li', { 'data-state': state }, make('span', { class: 'time' }, hour(at)), named('step', name), ' ', make('span', { class: 'hint' }, named('step_state', state)));
}
