// The right pane: one case, one next action. Which one it is the server says; this page never skips ahead.

import { call, look } from './api.js';
import { fill, make } from './dom.js';
import { begin, ended, kept, order, placeOrder } from './order.js';
import { button, choice, countdown, field, follow, form, goOn, keyed, refused, summary, sure, tell, troubles } from './parts.js';
import { ask } from './course.js';
import { slip } from './slip.js';
import { language, named, t, when } from './words.js';

const JOURNEY = ['present', 'papers', 'scan', 'confirm', 'follow', 'slip'];
const STANDS = { present: 0, look: 0, papers: 1, wait: 2, scan: 2, confirm: 3, countersign: 3, follow: 4, slip: 5 };
/** Where somebody else has to do something, or nobody can: the next customer may be checked in meanwhile. */
const AWAITED = ['wait', 'follow', 'look', 'countersign', 'held', 'none', 'slip'];
/** Where a customer may go before anything was changed in the network. */
const LEAVES = ['present', 'papers', 'look', 'wait', 'countersign', 'scan', 'confirm'];
/** States of an order that is still to be signed, or to begin. */
const OPEN = ['made', 'confirmed'];
/** What an order is refused with because the case stands elsewhere than this page shows. */
const ANEW = ['order_open', 'case_state', 'card_lease', 'no_identity', 'no_possession', 'nobody_to_tell', 'line_held'];
/** Milliseconds between two looks at a case that waits for somebody else. */
const WAIT = [2000, 3000, 5000];

/** Shows a case in `place` and goes on with it. */
export class CasePane {
  #place;
  #one;
  #agency;
  #hotline;
  #left;
  #changed;
  #labelOf;
  #drawn;
  #failed;
  #turn = 0;

  /**
   * `left` is told when nobody is served any more, `changed` when the queue is another one, `drawn` when something else is shown,
   * `failed` what went wrong with what is not shown any more; `labelOf` says what the queue calls a case today.
   */
  constructor(place, { agency, hotline, left, changed, drawn, failed, labelOf }) {
    this.#place = place;
    this.#agency = agency;
    this.#hotline = hotline;
    this.#left = left;
    this.#changed = changed;
    this.#drawn = drawn;
    this.#failed = failed;
    this.#labelOf = labelOf;
  }

  /** The case that is open, if one is. */
  get id() { return this.#one?.case; }

  /** Shows what was asked for, unless something else is shown by then: a late answer is about somebody who is not in the pane. */
  async #shows(asked) {
    const turn = this.#turn;
    const one = await asked;
    if (turn === this.#turn) this.show(one);
  }

  /** The queue has been read: what it calls whoever is served. */
  labelled() {
    const heading = this.#place.querySelector('[data-heading]');
    if (heading && this.#one) heading.textContent = this.#heading(this.#one);
  }

  #heading(one) {
    const label = this.#labelOf(one.case);
    return label ? t('case.title', { label }) : t('case.title_new');
  }

  /** Nobody is being served: says how one begins. */
  empty() {
    this.#one = undefined;
    const input = field('visit', { label: t('visit.code'), hint: t('visit.hint'), class: 'code', maxlength: 64 });
    const typed = form(t('visit.button'), input.all, () => this.checkIn(input.input.value));
    this.#draw(make('h2', { tabindex: '-1' }, t('visit.title')), make('p', { class: 'lead' }, t('visit.lead')), typed,
      make('p', { class: 'actions' }, button(keyed(t('visit.walk_in'), 'W'), () => this.walkIn())));
  }

  /** Somebody on the list who is not here yet. */
  row({ label, state, time }) {
    this.#one = undefined;
    const place = troubles();
    const missed = button(t('row.no_show'), async () => {
      if (!(await sure(t('row.no_show_sure', { label }), t('row.no_show')))) return;
      const turn = this.#turn;
      await call('POST', `/api/queue/${encodeURIComponent(label)}/no-show`, { body: {} });
      this.#changed();
      if (turn === this.#turn) this.empty();
    }, { place });
    this.#draw(make('h2', { tabindex: '-1' }, t('row.title', { label })), place, summary([[t('row.time'), time], [t('row.state'), named('state', state)]]),
      make('p', { class: 'lead' }, t('row.lead')), state === 'booked' ? make('p', { class: 'actions' }, missed) : null);
  }

  /** The customer's own code, scanned or typed. */
  async checkIn(code) {
    await this.#shows(call('POST', `/api/check-in?lang=${language}`, { body: { code: code.trim() } }));
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
    this.#turn += 1;
    await this.#shows(call('GET', `/api/cases/${encodeURIComponent(id)}?lang=${language}`));
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
    this.#fill(make('h2', { tabindex: '-1', 'data-heading': true }, this.#heading(one)), journey, this.#known(one), place, this.#others(one));
    (this[`_${next}`] ?? this._none).call(this, place, one);
    tell(`${t('case.next')}: ${named('next', next)}`);
    goOn(place);
  }

  /** Something was scanned: where it belongs follows from what it is and what is next. */
  async scanned({ kind, text }) {
    const next = this.#one?.held ? 'held' : this.#one?.next;
    if (kind === 'card' && ['scan', 'confirm'].includes(next)) return this.#card(text);
    if (kind === 'code' && next === 'present') return this.#present(text);
    if (kind === 'visit' && (!this.#one || AWAITED.includes(next))) return this.checkIn(text);
    throw refused(`scan_${kind}`);
  }

  async #present(code) {
    await this.#shows(call('POST', `/api/cases/${this.#one.case}/present?lang=${language}`, { body: { code } }));
    this.#changed();
  }

  async #card(iccid) {
    const kept = call('POST', `/api/cases/${this.#one.case}/card?lang=${language}`, { body: { iccid } });
    await this.#shows(kept.then((one) => { begin(one.case, iccid); return one; }));
    this.#changed();
  }

  _present(place) {
    const input = field('present', { label: t('present.code'), hint: t('present.hint'), class: 'code', inputmode: 'numeric', maxlength: 6 });
    place.append(form(t('present.button'), input.all, () => this.#present(input.input.value.trim())));
    place.append(button(keyed(t('present.cannot'), 'N'), () => this.#second(), { place: place.querySelector('.trouble'), 'data-look': true }));
  }

  _papers(place, one) {
    const people = choice('person', { label: t('papers.person'), options: one.persons.map((person) => [person, named('person', person)]), chosen: one.person ?? 'adult' });
    const lead = make('p', { class: 'lead' });
    const lists = make('div');
    // What is brought depends on who came.
    const draw = () => {
      const person = people.input.value;
      lead.textContent = t('papers.lead', { person: named('person', person) });
      fill(lists, papers(one.bring[person] ?? []));
    };
    people.input.addEventListener('change', draw);
    draw();
    const sent = form(t('papers.button'), [one.persons.length > 1 && people.all, lists], async () => {
      const groups = [...lists.children];
      const shown = groups.map((group) => group.querySelector('input:checked')?.value);
      if (!shown.every(Boolean)) throw refused('papers_missing');
      await this.#shows(call('POST', `/api/cases/${one.case}/papers?lang=${language}`, { body: { person: people.input.value, shown } }));
      this.#changed();
    });
    place.append(lead, sent);
  }

  _look(place, one) {
    ask(place, one.look, () => this.#again());
    place.append(this.#toQueue());
  }

  _wait(place, one) {
    place.append(make('p', { class: 'lead' }, t('wait.lead', { time: when(one.wait_until) })),
      one.wait_until ? make('p', {}, countdown(one.wait_until, (time) => t('wait.left', { time }))) : null, make('p', {}, t('wait.means')), this.#toQueue());
    this.#awaiting(place, one);
  }

  _countersign(place, one) {
    if (one.order) {
      this.#ordered(place, one);
      return;
    }
    place.append(make('p', { class: 'lead' }, t('countersign.lead')), make('p', {}, t('countersign.means')), this.#toQueue());
    this.#awaiting(place, one);
  }

  _scan(place) {
    const input = field('card', { label: t('scan.card'), hint: t('scan.hint'), class: 'code', inputmode: 'numeric', maxlength: 24 });
    place.append(make('p', { class: 'lead' }, t('scan.lead')), form(t('scan.button'), input.all, () => this.#card(input.input.value.replace(/\s/g, ''))));
  }

  _confirm(place, one) {
    if (OPEN.includes(one.order?.state)) {
      this.#ordered(place, one);
      return;
    }
    // One that ended before it began says why; another one is asked for below.
    if (one.order && one.order.state !== 'started') place.append(make('p', { class: 'note' }, ended(one.order)));
    if (!kept(one.case)) begin(one.case, one.card.id);
    const input = field('digits', { label: t('confirm.digits'), hint: t('confirm.hint'), class: 'code', inputmode: 'numeric', maxlength: 4, pattern: '[0-9]{4}' });
    const sent = form(t('confirm.button'), input.all, async () => {
      const digits = input.input.value.trim();
      if (!/^\d{4}$/.test(digits)) throw refused('digits_form');
      try {
        const turn = this.#turn;
        const made = await placeOrder(one, digits);
        if (turn === this.#turn) this.#ordering(place, one, made);
      } catch (error) {
        // What only has to wait is asked again by Enter; what was wrong is said anew.
        if (error.code === 'digits_wrong') input.input.value = '';
        if (!ANEW.includes(error.code)) throw error;
        await this.#again();
        this.#failed(error);
      }
    });
    place.append(make('p', { class: 'lead' }, one.card?.last4 ? t('confirm.lead', { last4: one.card.last4 }) : t('confirm.lead_again')), sent);
  }

  _follow(place, one) {
    this.#ordered(place, one);
  }

  _slip(place, one) {
    place.classList.add('attached');
    place.append(make('p', { class: 'lead' }, t('slip.attached')));
    slip(place, { agency: this.#agency, hotline: this.#hotline, ...one.slip, done: () => this.#left() });
  }

  _held(place) {
    place.append(make('p', { class: 'lead' }, t('held.lead')), make('p', {}, t('held.means')), this.#hotline ? make('p', {}, t('held.hotline', { hotline: this.#hotline })) : null, button(t('held.button'), () => this.#left(), { main: true }));
  }

  _none(place, one) {
    place.append(make('p', { class: 'lead' }, named('none', one.state)), button(t('none.button'), () => this.#left(), { main: true }));
  }

  async #ordered(place, one) {
    const id = typeof one.order === 'string' ? one.order : one.order?.id;
    if (!id) return this._none(place, one);
    const problem = troubles();
    const turn = this.#turn;
    place.append(problem);
    try {
      const found = await call('GET', `/api/orders/${id}`);
      if (turn !== this.#turn) return undefined;
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
    order(place, found, { one, changed: again, attached: again, begun, away: () => this.#left() });
  }

  async #second() {
    const turn = this.#turn;
    const look = await call('POST', `/api/cases/${this.#one.case}/look`, { body: {} });
    if (turn === this.#turn) this.#lookAt(look, () => this.#again());
  }

  /** Photographs, then waits for the other pair of eyes. */
  #lookAt(look, done) {
    const place = make('div', { class: 'step' });
    this.#draw(make('h2', { tabindex: '-1' }, t('look.title')), place, this.#back());
    ask(place, look, done);
    goOn(place);
  }

  #awaiting(place, one) {
    const isOver = (at) => one.wait_until && new Date(at) >= new Date(one.wait_until);
    follow(place, async () => {
      const turn = this.#turn;
      const { news, at } = await look(`/api/cases/${one.case}/news`);
      if (turn !== this.#turn) return true;
      if (news === one.news && !isOver(at)) return false;
      const found = await call('GET', `/api/cases/${one.case}?lang=${language}`);
      if (turn !== this.#turn) return true;
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
          await this.#shows(call('POST', `/api/cases/${one.case}/other-card?lang=${language}`, { body: { pack } }));
          this.#changed();
        }, { place }));
      }
    }
    if (LEAVES.includes(one.next)) {
      all.push(button(t('case.leave'), async () => {
        if (!(await sure(t('case.leave_sure'), t('case.leave')))) return;
        const turn = this.#turn;
        await call('POST', `/api/cases/${one.case}/leave`, { body: {} });
        if (turn === this.#turn) this.#left();
        else this.#changed();
      }, { place }));
    }
    return all.length ? make('details', { class: 'others' }, make('summary', {}, t('case.others')), place, make('p', { class: 'actions' }, all)) : null;
  }

  #back() {
    return make('p', { class: 'actions' }, button(t('case.back'), () => (this.#one ? this.#again().catch(() => {}) : this.empty())));
  }

  /** Somebody else may be served while this one waits. */
  #toQueue() {
    return make('p', { class: 'actions' }, button(t('case.to_queue'), () => this.#left()));
  }

  #fill(...parts) {
    this.#turn += 1;
    fill(this.#place, ...parts.filter(Boolean));
    this.#drawn();
  }

  #draw(...parts) {
    this.#fill(...parts);
    goOn(this.#place);
  }
}

/** One of each list, by digits. */
function papers(lists) {
  let digit = 0;
  const groups = lists.map((group, at) => make('fieldset', { class: 'papers' },
    make('legend', {}, t('papers.one_of', { at: at + 1, all: lists.length })),
    group.map(({ name, words }) => {
      digit += 1;
      const input = make('input', { type: 'radio', name: `papers-${at}`, value: name, 'data-digit': digit < 10 ? digit : false });
      return make('label', { class: 'choice' }, input, digit < 10 ? make('kbd', { 'aria-hidden': 'true' }, String(digit)) : null, words);
    })));
  groups[0]?.querySelector('input')?.setAttribute('data-first', '');
  return groups;
}
