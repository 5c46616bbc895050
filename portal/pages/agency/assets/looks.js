// The other pair of eyes: the oldest question, its pictures, two minutes. Nobody chooses whose it is.

import { call, look } from './api.js';
import { fill, make } from './dom.js';
import { button, choice, countdown, follow, goOn, says, summary, tell, troubles } from './parts.js';
import { count, named, t } from './words.js';

/** Milliseconds between two questions whether somebody waits. */
const PAUSES = [3000];
/** What a counter sends: the papers, then the face. */
const PICTURES = [1, 2];
const REASONS = ['digits', 'papers', 'person', 'unreadable', 'other'];

/** The approver's view. */
export function looks(place) {
  const waiting = make('p', { class: 'lead' }, t('looks.loading'));
  let counted;
  const problem = troubles();
  const shown = make('div');
  const take = button(t('looks.take'), async () => {
    const taken = await call('POST', '/api/looks/take', { body: {} });
    if (taken) open(shown, taken, rest);
    else tell(t('looks.nobody'));
  }, { main: true, place: problem });
  const rest = () => {
    fill(shown, waiting, make('p', { class: 'actions' }, take));
    goOn(shown);
    follow(waiting, async () => {
      const found = await look('/api/looks');
      // Seconds are for whoever looks; said aloud is only that there is another number of people.
      if (counted !== undefined && counted !== found.waiting) tell(found.waiting ? t('looks.count', { count: count(found.waiting) }) : t('looks.nobody'));
      counted = found.waiting;
      waiting.textContent = found.waiting ? t('looks.waiting', { count: count(found.waiting), seconds: count(found.oldest_seconds ?? 0) }) : t('looks.nobody');
      return false;
    }, PAUSES);
  };
  fill(place, make('h2', { tabindex: '-1' }, t('looks.title')), make('p', {}, t('looks.lead')), problem, shown);
  rest();
}

/** Both pictures have come before anybody may say yes; and Enter alone says nothing. */
function open(place, taken, rest) {
  const problem = troubles();
  const kept = [];
  const pictures = make('div', { class: 'pictures' });
  const why = choice('reason', { label: t('looks.reason'), options: REASONS.map((one) => [one, t(`looks.reason_${one}`)]) });
  const end = () => {
    for (const url of kept) URL.revokeObjectURL(url);
    rest();
  };
  const answer = async (approve) => {
    await call('POST', `/api/looks/${taken.look}/answer`, { body: { approve, reason: approve ? 'matches' : why.input.value } });
    tell(t(approve ? 'looks.approved' : 'looks.denied'));
    end();
  };
  const yes = button(t('looks.approve'), () => answer(true), { place: problem, disabled: true });
  fill(place,
    make('h3', { tabindex: '-1' }, t('looks.one')),
    make('p', {}, countdown(taken.until, (time) => t('look.left', { time }))),
    summary([[t('looks.digits'), make('b', { class: 'digits' }, taken.digits)], [t('looks.holder'), taken.holder ?? t('looks.no_holder')], [t('looks.birth_year'), taken.birth_year], [t('case.person'), taken.person && named('person', taken.person)]]),
    pictures, make('p', {}, t('looks.check')), problem,
    make('p', { class: 'actions' }, yes), why.all,
    make('p', { class: 'actions' }, button(t('looks.deny'), () => answer(false), { place: problem, class: 'second no' }), button(t('looks.leave'), end)));
  place.querySelector('h3').focus();
  const shown = PICTURES.map((number) => picture(pictures, taken.look, number, kept));
  Promise.all(shown).then((all) => { yes.disabled = !all.every(Boolean); });
}

/** Shows a picture as soon as it is there: the counter may still be taking it. Says whether it came. */
async function picture(place, id, number, kept) {
  const image = make('img', { alt: t('looks.picture', { at: number }) });
  place.append(image);
  while (place.isConnected) {
    try {
      const url = URL.createObjectURL(await call('GET', `/api/looks/${id}/images/${number}`));
      kept.push(url);
      image.src = url;
      return true;
    } catch (error) {
      if (error.status !== 404) {
        image.alt = says(error);
        return false;
      }
      await new Promise((done) => { setTimeout(done, PAUSES[0]); });
    }
  }
  return false;
}
