// The left pane: who is expected today, and what is in the drawer. Fetched anew only when the server says it is another.

import { look } from './api.js';
import { fill, make } from './dom.js';
import { table } from './parts.js';
import { count, hour, named, t } from './words.js';

/** Milliseconds between two questions whether it is new. */
const PACE = 4000;

/**
 * Shows queue and stock in `place`. `chosen` gets the row somebody picks, `isOpen` says whether a row's case is the one that is
 * shown, `read` is told after each reading.
 */
export function queue(place, { chosen, isOpen, read }) {
  let version;
  let all = [];
  const rows = make('ol', { class: 'queue' });
  const stock = make('div');
  const state = make('p', { class: 'hint' }, t('queue.loading'));
  fill(place, make('h2', { id: 'queue-title', tabindex: '-1' }, t('queue.title')), state, rows, stock);

  const mark = () => {
    for (const one of all) {
      const pressed = rows.querySelector(`[data-label="${CSS.escape(one.label)}"]`);
      if (isOpen(one)) pressed?.setAttribute('aria-current', 'true');
      else pressed?.removeAttribute('aria-current');
    }
  };

  const draw = (found) => {
    const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.label : undefined;
    state.textContent = t(found.rows.length ? 'queue.as_of' : 'queue.empty', { time: hour(found.as_of) });
    all = found.rows;
    fill(rows, ...all.map((one) => row(one, chosen)));
    mark();
    if (focused) rows.querySelector(`[data-label="${CSS.escape(focused)}"]`)?.focus();
    const left = found.stock.map(({ product, free, held }) => [product, count(free), count(held)]);
    fill(stock, table(t('queue.stock'), [t('queue.product'), t('queue.free'), t('queue.held')], left));
    version = found.version;
    read();
  };

  const refresh = async () => {
    const asked = await look('/api/queue/version');
    if (asked.version !== version) draw(await look('/api/queue'));
  };

  const again = async () => {
    if (!place.isConnected) return;
    // What nobody looks at is not fetched; the line above says when the server cannot be reached.
    if (!document.hidden) await refresh().catch(() => {});
    setTimeout(again, PACE);
  };
  again();

  rows.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const pressed = [...rows.querySelectorAll('button')];
    pressed[pressed.indexOf(document.activeElement) + step]?.focus();
  });
  return {
    refresh,
    mark,
    labelOf: (id) => all.find((one) => one.case === id)?.label,
    focus: () => (rows.querySelector('button') ?? place.querySelector('h2')).focus(),
  };
}

function row(one, chosen) {
  const state = named('state', one.state);
  const pressed = make('button', {
    type: 'button', class: 'row', 'data-label': one.label, 'data-state': one.state,
    on: { click: () => chosen(one) },
  }, make('span', { class: 'time' }, hour(one.time)), make('b', {}, one.label), make('span', { class: 'state' }, state));
  return make('li', {}, pressed);
}
