// The shop's terminals, and the end of one that is lost, stolen or given away.

import { call, look } from './api.js';
import { fill, make } from './dom.js';
import { button, grouped, summary, sure, tell, troubles } from './parts.js';
import { named, t, when } from './words.js';

/** One section for each; whoever is signed in at one that is switched off is signed out. */
export async function terminals(place) {
  const problem = troubles();
  const all = await look('/api/terminals');
  const one = (found) => {
    const off = button(t('terminals.off'), async () => {
      if (!(await sure(t('terminals.off_sure'), t('terminals.off')))) return;
      await call('POST', `/api/terminals/${found.terminal}/off`, { body: {} });
      tell(t('terminals.off_done'));
      await terminals(place);
    }, { place: problem });
    const rows = [[t('terminal.state'), named('terminal', found.state)], [t('terminal.place'), found.agency], [t('terminals.since'), when(found.enrolled_at)],
      [t('terminal.thumbprint'), found.thumbprint && make('code', { class: 'thumbprint' }, grouped(found.thumbprint))]];
    return make('section', { class: 'line' }, summary(rows), found.state === 'off' ? null : make('p', { class: 'actions' }, off));
  };
  fill(place, make('h2', { tabindex: '-1' }, t('terminals.title')), make('p', {}, t('terminals.lead')), problem, all.map(one));
  place.querySelector('h2').focus();
}
