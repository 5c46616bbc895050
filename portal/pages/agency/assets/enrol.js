// The two pages that come before a sign-in: this browser becomes a terminal, and somebody gets a passkey.

import { call } from './api.js';
import { thumbprint } from './device.js';
import { at, fill, make } from './dom.js';
import { button, field, follow, form, goOn, summary } from './parts.js';
import { create } from './passkey.js';
import { language, named, t } from './words.js';

/** In groups of four, for reading out. */
const grouped = (text) => text.replace(/(.{4})(?=.)/g, '$1 ');

/** This browser as a terminal: a code, then waiting for another person who compares the key. */
export async function terminal() {
  const place = at('main');
  const print = await thumbprint();
  const known = await call('GET', '/api/terminal');
  const draw = (one) => {
    const facts = summary([[t('terminal.state'), named('terminal', one.state)], [t('terminal.place'), one.agency?.name], [t('terminal.thumbprint'), make('code', { class: 'thumbprint' }, grouped(print))]]);
    fill(place, make('h1', { tabindex: '-1' }, t('terminal.title')), facts, ...states[one.state]());
    goOn(place);
  };
  const states = {
    unknown: () => {
      const code = field('code', { label: t('terminal.code'), hint: t('terminal.code_hint'), class: 'code', maxlength: 64, 'data-takes': 'any' });
      return [form(t('terminal.button'), code.all, async () => draw(await call('POST', '/api/terminal', { body: { code: code.input.value.trim() } })))];
    },
    pending: () => {
      const waits = make('p', { class: 'lead' }, t('terminal.pending_means'));
      follow(waits, async () => {
        const one = await call('GET', '/api/terminal');
        if (one.state === 'pending') return false;
        draw(one);
        return true;
      }, [3000]);
      return [waits];
    },
    on: () => [make('p', { class: 'lead' }, t('terminal.on_means')), link('', 'terminal.sign_in', true), link('enrol', 'terminal.enrol')],
    off: () => [make('p', { class: 'lead' }, t('terminal.off_means'))],
  };
  draw(known);
}

const link = (page, words, isNext = false) => make('p', { class: 'actions' }, make('a', { href: `/${language}/${page}`, class: isNext ? 'button next' : 'button second', 'data-next': isNext }, t(words)));

/** A passkey for whoever holds the code of an invitation. */
export function enrol() {
  const place = at('main');
  const code = field('code', { label: t('enrol.code'), hint: t('enrol.code_hint'), class: 'code', maxlength: 64, 'data-takes': 'any' });
  const asked = form(t('enrol.button'), code.all, async () => {
    const begun = await call('POST', '/api/passkey/begin', { body: { code: code.input.value.trim() } });
    const credential = await create(begun);
    const { name } = await call('POST', '/api/passkey', { body: { id: begun.id, credential }, again: true });
    fill(place, make('h1', { tabindex: '-1' }, t('enrol.done', { name })), make('p', { class: 'lead' }, t('enrol.done_means')), link('', 'terminal.sign_in', true));
    goOn(place);
  });
  fill(place, make('h1', { tabindex: '-1' }, t('enrol.title')), make('p', { class: 'lead' }, t('enrol.lead')), asked,
    make('p', { class: 'actions' }, button(t('enrol.back'), () => { location.href = `/${language}/`; })));
  goOn(place);
}
