// What every view is made of: headings, fields, one large next action, and what is said when it does not work.

import { at, fill, make } from './dom.js';
import { Cut, Refusal, now } from './api.js';
import { isDeclined } from './passkey.js';
import { has, language, left, t } from './words.js';

/** Says something to whoever listens instead of looking. */
export function tell(text) {
  const place = at('told');
  place.textContent = '';
  // The same words twice are said twice.
  setTimeout(() => { place.textContent = text; }, 50);
}

/** What this page itself says no to, by its code. */
class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Something that this page says no to. */
export const refused = (code) => new Refused(code);

/** What went wrong, in words: what it means, never only a code. */
export function says(error) {
  if (error instanceof Cut) return t('problem.cut');
  if (isDeclined(error)) return t('problem.declined');
  // The authenticator has a passkey of this person already.
  if (error?.name === 'InvalidStateError') return t('problem.passkey_there');
  // A number of the browser's own is no code of ours.
  const code = error instanceof Refusal || error instanceof Refused ? error.code : 'other';
  return has('problem', code) ? t(`problem.${code}`) : t('problem.coded', { code });
}

/** Shows in a view what went wrong, and what the server named besides, as far as there are words for it. */
export function complain(place, error) {
  const more = (error?.detail ?? []).filter((code) => has('problem', code)).map((code) => make('li', {}, t(`problem.${code}`)));
  const left = error?.left === undefined ? null : make('p', {}, make('b', {}, t('problem.left', { n: error.left })));
  fill(place, make('p', {}, says(error)), left, more.length > 0 && make('ul', {}, more));
  place.hidden = false;
}

/** Where a view says what went wrong. */
export const troubles = () => make('div', { class: 'trouble', role: 'alert', hidden: true });

/** Does a piece of work once at a time; the button is quiet meanwhile, and what fails is said in `place`. */
export async function busy(button, place, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  place.hidden = true;
  try {
    await work();
  } catch (error) {
    complain(place, error);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

/** A button. `main` marks the one that Enter presses. */
export function button(text, work, { main = false, place, ...more } = {}) {
  const one = make('button', { type: 'button', class: main ? 'next' : 'second', 'data-next': main, ...more }, text);
  one.addEventListener('click', () => (place ? busy(one, place, work) : work()));
  return one;
}

/** Words with the key that does the same. */
export const keyed = (text, letter) => [text, ' ', make('kbd', { 'aria-hidden': 'true' }, letter)];

/** A field with its label and hint. */
export function field(id, { label, hint, ...more }) {
  const input = make('input', { id, autocomplete: 'off', spellcheck: 'false', 'aria-describedby': hint ? `${id}-hint` : false, ...more });
  const all = make('p', { class: 'field' }, make('label', { for: id }, label), hint ? make('span', { id: `${id}-hint`, class: 'hint' }, hint) : null, input);
  return { all, input };
}

/** A choice of a few. */
export function choice(id, { label, options, chosen }) {
  const input = make('select', { id }, options.map(([value, text]) => make('option', { value, selected: value === chosen }, text)));
  return { all: make('p', { class: 'field' }, make('label', { for: id }, label), input), input };
}

/** A form whose button is the next action. `work` gets nothing; fields are read where they are. */
export function form(name, parts, work, { main = true, ...more } = {}) {
  const place = troubles();
  const submit = make('button', { type: 'submit', class: main ? 'next' : 'second', 'data-next': main }, name);
  const whole = make('form', { novalidate: true, ...more }, place, parts, submit);
  whole.addEventListener('submit', (event) => {
    event.preventDefault();
    busy(submit, place, work);
  });
  return whole;
}

/** Asks once more before something is given up. */
export function sure(text, yes) {
  return new Promise((done) => {
    const answer = (value) => make('button', { type: 'button', class: value ? 'next' : 'second', on: { click: () => dialog.close(value ? 'yes' : '') } }, value ? yes : t('site.no'));
    const dialog = make('dialog', { 'aria-labelledby': 'sure' }, make('p', { id: 'sure', class: 'lead' }, text), make('p', { class: 'actions' }, answer(false), answer(true)));
    dialog.addEventListener('close', () => { dialog.remove(); done(dialog.returnValue === 'yes'); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A list of names and values. */
export function summary(rows) {
  return make('dl', { class: 'summary' }, rows.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

/** A table with a caption and column heads. */
export function table(caption, heads, rows) {
  const head = make('thead', {}, make('tr', {}, heads.map((name) => make('th', { scope: 'col' }, name))));
  const body = make('tbody', {}, rows.map((cells) => make('tr', {}, cells.map((cell, place) => make(place ? 'td' : 'th', place ? {} : { scope: 'row' }, cell)))));
  return make('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption }, make('table', {}, make('caption', {}, caption), head, body));
}

/** Time that runs out, written each second while it is on the page. */
export function countdown(until, says = (text) => text) {
  const place = make('span', { class: 'countdown' }, says(left(until, now())));
  const ticking = setInterval(() => {
    if (!place.isConnected) clearInterval(ticking);
    else place.textContent = says(left(until, now()));
  }, 1000);
  return place;
}

/** Goes where the next key belongs: to the field or button that is next, unless somebody types elsewhere. */
export function goOn(place) {
  const next = place.querySelector('input:not([type=radio], [type=checkbox], [type=file]):enabled, [data-first]') ?? place.querySelector('[data-next]') ?? place.querySelector('h2');
  next?.focus({ preventScroll: false });
}

/** Asks again and again while the place is on the page: each second, then slower. Ends when `work` gives true. */
export function follow(place, work, pauses = [1000]) {
  let turn = 0;
  const step = async () => {
    if (!place.isConnected) return;
    let isDone = false;
    try {
      isDone = await work();
    } catch { /* said by the line above; the next turn asks again */ }
    turn += 1;
    if (!isDone) setTimeout(step, pauses[Math.min(turn, pauses.length - 1)]);
  };
  setTimeout(step, pauses[0]);
}

/** In groups of four, for reading out. */
export const grouped = (text) => text.replace(/(.{4})(?=.)/g, '$1 ');

/** The way to another page of this surface. */
export const link = (page, words, isNext = false) => make('p', { class: 'actions' }, make('a', { href: `/${language}/${page}`, class: isNext ? 'button next' : 'button second', 'data-next': isNext }, t(words)));
