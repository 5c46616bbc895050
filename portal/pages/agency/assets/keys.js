// Keys of this page, written down where they work. Single letters can be turned off, and never work inside a field.

import { at, isField, make } from './dom.js';
import { t } from './words.js';

const SWITCH = 'keys';
const bound = new Map();

const isOn = () => localStorage.getItem(SWITCH) !== 'off';

/** Binds a key, by its place on the board, to what it does and how that is called. */
export const bind = (code, letter, name, work) => bound.set(code, { letter, name, work });

/** No keys but Enter and `?`. */
export const unbind = () => bound.clear();

/** A single key was pressed outside of fields. */
export function pressed({ code, key, shiftKey }) {
  if (document.querySelector('dialog[open]')) return;
  if (key === '?' || (code === 'Slash' && shiftKey)) {
    show();
    return;
  }
  if (!isOn() || shiftKey) return;
  const digit = /^(Digit|Numpad)([1-9])$/.exec(code)?.[2];
  if (digit) at('main').querySelector(`[data-digit="${digit}"]`)?.click();
  else bound.get(code)?.work();
}

/** Enter where nothing is chosen does the next action; Escape leaves a field. */
export function listen() {
  window.addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape' && isField(event.target)) event.target.blur();
    const isFree = event.target === document.body || event.target === at('main') || event.target.matches?.('h1, h2, [type=radio], [type=checkbox]');
    if (event.key === 'Enter' && isFree && !event.isComposing && !event.repeat) {
      event.preventDefault();
      at('main').querySelector('[data-next]')?.click();
    }
  });
}

/** All keys, and the switch for letters. */
export function show() {
  const row = (key, text) => [make('dt', {}, make('kbd', {}, key)), make('dd', {}, text)];
  const letters = make('input', { type: 'checkbox', id: 'letters', checked: isOn() });
  letters.addEventListener('change', () => localStorage.setItem(SWITCH, letters.checked ? 'on' : 'off'));
  const dialog = make('dialog', { 'aria-labelledby': 'keys-title' },
    make('h2', { id: 'keys-title' }, t('keys.title')),
    make('dl', { class: 'keys' },
      row('Enter', t('keys.enter')), row('1–9', t('keys.digits')),
      [...bound.values()].map(({ letter, name }) => row(letter, name)),
      row('Esc', t('keys.escape')), row('?', t('keys.show')), row(t('keys.scanner'), t('keys.scan'))),
    make('label', { class: 'choice', for: 'letters' }, letters, t('keys.letters')),
    make('button', { type: 'button', class: 'next', on: { click: () => dialog.close() } }, t('keys.close')));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
