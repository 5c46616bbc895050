// A passkey for whoever holds the code of an invitation. It comes before a sign-in.

import { call } from './api.js';
import { at, fill, make } from './dom.js';
import { button, field, form, goOn, link } from './parts.js';
import { create } from './passkey.js';
import { language, t } from './words.js';

/** Asks for the code, has the browser make a passkey, and says whose it is. */
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
