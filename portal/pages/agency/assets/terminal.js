// This browser as a terminal: a code, then waiting for another person who compares the key.

import { call } from './api.js';
import { thumbprint } from './device.js';
import { at, fill, make } from './dom.js';
import { field, follow, form, goOn, grouped, link, summary } from './parts.js';
import { named, t } from './words.js';

/** Shows how far this browser is, and what is next. */
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
