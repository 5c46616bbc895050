// What the customer takes home. It names nobody: no number, no name, no case.

import { make } from './dom.js';
import { button, goOn } from './parts.js';
import { t, when } from './words.js';

/** The slip and its buttons; `done` goes on to the next customer. It says what is true of this card, and since when. */
export function slip(place, { agency, hotline, attached_at: at, protected: isTied, done }) {
  const lines = ['bank', 'transit', isTied ? 'protection' : 'unprotected', 'restart', 'never'];
  const paper = make('section', { id: 'slip', class: 'slip', 'aria-labelledby': 'slip-title' },
    make('h3', { id: 'slip-title' }, t('slip.title')),
    make('p', {}, t('slip.lead', { agency, time: when(at) })),
    make('ul', {}, lines.map((line) => make('li', {}, make('b', {}, t(`slip.${line}_title`)), ' ', t(`slip.${line}`)))),
    make('p', { class: 'hint' }, hotline ? t('slip.help', { hotline }) : t('slip.help_here')));
  const next = button(t('slip.next'), done, { 'data-done': true });
  const print = button(t('slip.print'), () => {
    window.print();
    print.classList.replace('next', 'second');
    print.removeAttribute('data-next');
    next.classList.replace('second', 'next');
    next.setAttribute('data-next', '');
    next.focus();
  }, { main: true });
  place.append(paper, make('p', { class: 'actions' }, print, next));
  goOn(place);
}
