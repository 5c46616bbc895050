// What the customer takes home. It names nobody: no number, no name, no case.

import { make } from './dom.js';
import { button, goOn } from './parts.js';
import { hour, t } from './words.js';

const LINES = ['bank', 'transit', 'protection', 'restart', 'never'];

/** The slip and its buttons; `done` goes on to the next customer. */
export function slip(place, { agency, at, done }) {
  const paper = make('section', { id: 'slip', class: 'slip', 'aria-labelledby': 'slip-title' },
    make('h3', { id: 'slip-title' }, t('slip.title')),
    make('p', {}, t('slip.lead', { agency, time: hour(at) })),
    make('ul', {}, LINES.map((line) => make('li', {}, make('b', {}, t(`slip.${line}_title`)), ' ', t(`slip.${line}`)))),
    make('p', { class: 'hint' }, t('slip.help')));
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
