// The right pane: one case, one next action. Which one it is the server says; this page never skips ahead.

import { call, now } from './api.js';
import { fill, make } from './dom.js';
import { begin, kept, order, place_order } from './order.js';
import { button, choice, countdown, field, follow, form, goOn, summary, sure, tell, troubles } from './parts.js';
import { ask } from './photo.js';
import { slip } from './slip.js';
import { language, named, t, when } from './words.js';

const JOURNEY = ['present', 'papers', 'scan', 'confirm', 'follow', 'slip'];
const STANDS = { present: 0, look: 0, papers: 1, wait: 2, scan: 2, confirm: 3, countersign: 3, follow: 4, slip: 5 };
/** Milliseconds between two looks at a case that waits for somebody else. */
const WAIT = [2000, 3000, 5000];

/** Shows a case in `place` and goes on with it. */
export class CasePane {
  #place;
  #one;
  #agency;
  #left;
  #changed;

  constructor(place, { agency, left, changed }) {
    this.#place = place;
    this.#agency = agency;
    this.#left = left;
    this.#changed = changed;
  }

  /** The case that is open, if one is. */
  get id() { return this.#one?.case; }

  /** Nobody is being served: says how one begins. */
  empty() {
    this.#one = undefined;
    const input = field('visit', { label: t('visit.code'), hint: t('visit.hint'), class: 'code', maxlength: 64 });
    const typed = form(t('visit.button'), input.all, () => this.checkIn(input.input.value));
    this.#draw(make('h2', { tabindex: '-1' }, t('visit.title')), make('p', { class: 'lead' }, t('visit.lead')), typed,
      make('p', { class: 'actions' }, button(t('visit.walk_in'), () => this.walkIn())));
  }

  /** Somebody on the list who is not here yet. */
  row({ label, state, time }) {
    this.#one = undefined;
    const place = troubles();
    const missed = button(t('row.no_show'), async () => {
      await call('POST', `/api/queue/${encodeURIComponent(label)}/no-show`, { body: {} });
      this.#changed();
      this.empty();
    }, { place });
    this.#draw(make('h2', { tabindex: '-1' }, t('row.title', { label })), place, summary([[t('row.time'), when(time)], [t('row.state'), named('state', state)]]),
      make('p', { class: 'lead' }, t('row.lead')), state === 'booked' ? make('p', { class: 'actions' }, missed) : null);
  }

  /** The customer's own code, scanned or typed. */
  async checkIn(code) {
    this.show(await call('POST', `/api/check-in?lang=${language}`, { body: { code: code.trim() } }));
    this.#changed();
  }

  /** A customer without a phone and without a code: the answer is the same for every number. */
  walkIn() {
    const input = field('number', { label: t('walk_in.number'), hint: t('walk_in.hint'), inputmode: 'tel', maxlength: 20 });
    const sent = form(t('walk_in.button'), input.all, async () => {
      const look = await call('POST', '/api/walk-in', { body: { number: input.input.value } });
      input.input.value = '';
      this.#lookAt(look, (found) => (found?.case ? this.open(found.case) : this.empty()));
    });
    this.#draw(make('h2', { tabindex: '-1' }, t('walk_in.title')), make('p', { class: 'lead' }, t('walk_in.lead')), sent, this.#back());
  }

  /** Reads a case and shows it. */
  async open(id) {
    this.show(await call('GET', `/api/cases/${encodeURIComponent(id)}?lang=${language}`));
  }

  async #again() {
    await this.open(this.#one.case);
    this.#changed();
  }

  /** Shows a case as the server described it. */
  show(one) {
    this.#one = one;
    const next = one.held ? 'held' : one.next;
    const place = make('div', { class: 'step' });
    const journey = this.#journey(one);
    this.#draw(make('h2', { tabindex: '-1' }, t('case.title')), journey, this.#known(one), place, this.#others(one));
    (this[`_${next}`] ?? this._none).call(this, place, one);
    tell(`${t('case.next')}: ${named('next', next)}`);
    goOn(place);
  }

  /** Something was scanned: where it belongs follows from what it is and what is next. */
  async scanned({ kind, text }) {
    const next = this.#one?.next;
    if (kind === 'card' && next === 'scan') return this.#card(text);
    if (kind === 'card' && next === 'confirm') return this.#card(text);
    if (kind === 'code' && next === 'present') return this.#present(text);
    if (kind === 'visit' && (!this.#one || ['none', 'slip'].includes(next))) return this.checkIn(text);
    throw Object.assign(new Error('scan'), { code: `scan_${kind}` });
  }

  async #present(code) {
    this.show(await call('POST', `/api/cases/${this.#one.case}/present?lang=${language}`, { body: { code } }));
    this.#changed();
  }

  async #card(iccid) {
    const one = await call('POST', `/api/cases/${this.#one.case}/card?lang=${language}`, { body: { iccid } });
    begin(one.case, iccid);
    this.show(one);
    this.#changed();
  }

  _present(place) {
    const input = field('present', { label: t('present.code'), hint: t('present.hint'), class: 'code', inputmode: 'numeric', maxlength: 6 });
    place.append(form(t('present.button'), input.all, () => this.#present(input.input.value.trim())));
    place.append(button(t('present.cannot'), () => this.#second(), { place: place.querySelector('.trouble'), 'data-look': true }));
  }

  _papers(place, one) {
    const chosen = new Set();
    let digit = 0;
    const groups = one.bring.map((group, at) => make('fieldset', { class: 'papers' },
      make('legend', {}, t('papers.one_of', { at: at + 1, all: one.bring.length })),
      group.map(({ name, words }) => {
        digit += 1;
        const input = make('input', { type: 'radio', name: `papers-${at}`, value: name, 'data-digit': digit < 10 ? digit : false });
        return make('label', { class: 'choice' }, input, digit < 10 ? make('kbd', { 'aria-hidden': 'true' }, String(digit)) : null, words);
      })));
    groups[0]?.querySelector('input')?.setAttribute('data-first', '');
    const people = one.persons?.length > 1 ? choice('person', { label: t('papers.person'), options: one.persons.map((person) => [person, named('person', person)]), chosen: one.person ?? 'adult' }) : null;
    const sent = form(t('papers.button'), [people?.all, ...groups], async () => {
      chosen.clear();
      for (const input of place.querySelectorAll('.papers input:checked')) chosen.add(input.value);
      if (chosen.size < groups.length) throw Object.assign(new Error('papers'), { code: 'papers_missing' });
      this.show(await call('POST', `/api/cases/${one.case}/papers?lang=${language}`, { body: { person: people?.input.value ?? one.person ?? 'adult', shown: [...chosen] } }));
      this.#changed();
    });
    place.append(make('p', { class: 'lead' }, t('papers.lead', { person: named('person', one.person ?? 'adult') })), sent);
  }

  _look(place, one) {
    this.#following(place, one, { ...one.look, look: one.look.look ?? one.look.id });
  }

  _wait(place, one) {
    place.append(make('p', { class: 'lead' }, t('wait.lead', { time: when(one.wait_until) })),
      one.wait_until ? make('p', {}, countdown(one.wait_until, (time) => t('wait.left', { time }))) : null, make('p', {}, t('wait.means')));
    this.#awaiting(place, one);
  }

  _countersign(place, one) {
    if (one.order) {
      this.#ordered(place, one);
      return;
    }
    place.append(make('p', { class: 'lead' }, t('countersign.lead')), make('p', {}, t('countersign.means')));
    this.#awaiting(place, one);
  }

  _scan(place) {
    const input = field('card', { label: t('scan.card'), hint: t('scan.hint'), class: 'code', inputmode: 'numeric', maxlength: 24 });
    place.append(make('p', { class: 'lead' }, t('scan.lead')), form(t('scan.button'), input.all, () => this.#card(input.input.value.replace(/\s/g, ''))));
  }

  _confirm(place, one) {
    if (one.order) {
      this.#ordered(place, one);
      return;
    }
    if (!kept(one.case)) begin(one.case, one.card.id);
    const input = field('digits', { label: t('confirm.digits'), hint: t('confirm.hint'), class: 'code', inputmode: 'numeric', maxlength: 4, pattern: '[0-9]{4}' });
    const sent = form(t('confirm.button'), input.all, async () => {
      const digits = input.input.value.trim();
      if (!/^\d{4}$/.test(digits)) throw Object.assign(new Error('digits'), { code: 'digits_form' });
      try {
        this.#ordering(place, one, await place_order(one, digits));
      } catch (error) {
        // What only has to wait is asked again by Enter; what was wrong is said anew.
        if (error.code === 'digits_wrong') input.input.value = '';
        throw error;
      }
    });
    place.append(make('p', { class: 'lead' }, one.card?.last4 ? t('confirm.lead', { last4: one.card.last4 }) : t('confirm.lead_again')), sent);
  }

  _follow(place, one) {
    this.#ordered(place, one);
  }

  _slip(place) {
    place.classList.add('attached');
    place.append(make('p', { class: 'lead' }, t('slip.attached')));
    slip(place, { agency: this.#agency, at: new Date(now()).toISOString(), done: () => this.#left() });
  }

  _held(place) {
    place.append(make('p', { class: 'lead' }, t('held.lead')), make('p', {}, t('held.means')), button(t('held.button'), () => this.#left(), { main: true }));
  }

  _none(place, one) {
    place.append(make('p', { class: 'lead' }, named('none', one.state)), button(t('none.button'), () => this.#left(), { main: true }));
  }

  async #ordered(place, one) {
    const id = typeof one.order === 'string' ? one.order : one.order?.id;
    if (!id) return this._none(place, one);
    const problem = troubles();
    place.append(problem);
    try {
      const found = await call('GET', `/api/orders/${id}`);
      problem.remove();
      this.#ordering(place, one, found);
    } catch {
      place.append(button(t('order.read_again'), () => this.#again(), { main: true, place: problem }));
    }
    return undefined;
  }

  /** From here on the order says what is next; what else could be done with the case cannot any more. */
  #ordering(place, one, found) {
    const again = () => this.#again().catch(() => {});
    const begun = () => {
      this.#place.querySelector('.others')?.remove();
      this.#place.querySelector('.journey')?.replaceWith(this.#journey({ ...one, next: 'follow' }));
      this.#changed();
    };
    fill(place);
    order(place, found, { one, changed: again, attached: again, begun });
  }

  async #second() {
    const look = await call('POST', `/api/cases/${this.#one.case}/look`, { body: {} });
    this.#lookAt(look, () => this.#again());
  }

  /** Photographs, then waits for the other pair of eyes. */
  #lookAt(look, done) {
    const place = make('div', { class: 'step' });
    this.#draw(make('h2', { tabindex: '-1' }, t('look.title')), place, this.#back());
    ask(place, look, done);
    goOn(place);
  }

  #following(place, one, look) {
    ask(place, look, () => this.#again());
  }

  #awaiting(place, one) {
    follow(place, async () => {
      const found = await call('GET', `/api/cases/${one.case}?lang=${language}`);
      if (found.version === one.version && found.next === one.next) return false;
      this.show(found);
      return true;
    }, WAIT);
  }

  #journey(one) {
    const stands = STANDS[one.next] ?? -1;
    return make('ol', { class: 'journey', 'aria-label': t('case.journey') }, JOURNEY.map((step, at) =>
      make('li', { 'data-done': at < stands, 'aria-current': at === stands ? 'step' : false }, named('journey', step))));
  }

  #known(one) {
    return summary([
      [t('case.person'), one.person && named('person', one.person)],
      [t('case.holder'), one.holder],
      [t('case.card'), one.card?.last4 && t('case.card_ends', { last4: one.card.last4 })],
    ]);
  }

  /** What may also be done with this case; none of it is the next action. */
  #others(one) {
    const place = troubles();
    const all = [];
    if (one.card && one.next === 'confirm') {
      for (const pack of ['sealed', 'opened']) {
        all.push(button(t(`other_card.${pack}`), async () => {
          this.show(await call('POST', `/api/cases/${one.case}/other-card?lang=${language}`, { body: { pack } }));
          this.#changed();
        }, { place }));
      }
    }
    if (['present', 'papers', 'look', 'wait', 'countersign', 'scan', 'confirm'].includes(one.next) && !one.swap) {
      all.push(button(t('case.leave'), async () => {
        if (!(await sure(t('case.leave_sure'), t('case.leave')))) return;
        await call('POST', `/api/cases/${one.case}/leave`, { body: {} });
        this.#left();
      }, { place }));
    }
    return all.length ? make('details', { class: 'others' }, make('summary', {}, t('case.others')), place, make('p', { class: 'actions' }, all)) : null;
  }

  #back() {
    return make('p', { class: 'actions' }, button(t('case.back'), () => (this.#one ? this.#again().catch(() => {}) : this.empty())));
  }

  #draw(...parts) {
    fill(this.#place, ...parts.filter(Boolean));
    goOn(this.#place);
  }
}
