// Where the page begins: what this browser is, who sits before it, and which view is theirs.

import { approvals } from './approvals.js';
import { bind as bound, call, line, look, now, session } from './api.js';
import { calls } from './calls.js';
import { scanned as byCamera } from './camera.js';
import { counter } from './counter.js';
import { countersigns } from './countersigns.js';
import { day } from './day.js';
import { at, fill, make } from './dom.js';
import { enrol } from './enrol.js';
import * as keys from './keys.js';
import { looks } from './looks.js';
import { button, complain, goOn, refused, says, troubles } from './parts.js';
import { get } from './passkey.js';
import { repairs } from './repairs.js';
import { kindOf, listen } from './scan.js';
import { stock } from './stock.js';
import { terminal } from './terminal.js';
import { terminals } from './terminals.js';
import { waiting } from './waiting.js';
import { count, hour, language, t } from './words.js';

/** Views: whose they are, their key, and how they are shown. */
const VIEWS = [
  { name: 'counter', code: 'KeyQ', whose: ['clerk', 'supervisor'], show: counter },
  { name: 'looks', code: 'KeyL', whose: ['supervisor', 'security'], show: looks },
  { name: 'countersigns', code: 'KeyG', whose: ['supervisor'], show: countersigns },
  { name: 'stock', code: 'KeyS', whose: ['clerk', 'supervisor'], show: stock },
  { name: 'repairs', code: 'KeyR', whose: ['clerk', 'supervisor'], show: repairs },
  { name: 'day', code: 'KeyD', whose: ['clerk', 'supervisor'], show: day },
  { name: 'calls', code: 'KeyK', whose: ['agent'], show: calls },
  { name: 'approvals', code: 'KeyA', whose: ['security', 'privacy'], show: approvals },
  { name: 'terminals', code: 'KeyP', whose: ['supervisor', 'security', 'privacy'], show: terminals },
];

let shown = {};
/** The view that is shown, and how many wait in any. */
const head = { view: undefined, waiting: 0 };
const main = at('main');
/** Where it is said that what was scanned has no use here. */
const notice = troubles();

/** What was scanned goes to a field that takes such a thing, else to the view. */
async function scanned(text) {
  const what = kindOf(text);
  const field = document.activeElement;
  const takes = field?.dataset?.takes;
  if (takes === 'any' || takes === what.kind) {
    field.value = takes === 'any' ? text : what.text;
    field.form?.requestSubmit();
    return;
  }
  if (shown.scanned) await shown.scanned(what);
  else if (notice.isConnected) complain(notice, refused('scan_nowhere'));
}

function title() {
  const name = head.view ? `${t(`view.${head.view}`)} – ${t('site.name')}` : t('site.name');
  document.title = head.waiting ? `(${count(head.waiting)}) ${name}` : name;
}

async function open(view, found) {
  for (const one of document.querySelectorAll('#views button')) {
    if (one.dataset.view === view.name) one.setAttribute('aria-current', 'page');
    else one.removeAttribute('aria-current');
  }
  head.view = view.name;
  title();
  shown = {};
  const place = make('div');
  notice.hidden = true;
  fill(main, make('h1', { class: 'unseen' }, t(`view.${view.name}`)), notice, place);
  const problem = troubles();
  try {
    shown = (await view.show(place, { agency: found.agency?.name ?? '', hotline: found.hotline, isSupervisor: found.roles.includes('supervisor') })) ?? {};
  } catch (error) {
    complain(problem, error);
    fill(place, problem, make('p', { class: 'actions' }, button(t('site.again'), () => open(view, found), { main: true })));
    goOn(place);
  }
}

function signedIn(found) {
  const mine = VIEWS.filter(({ whose }) => whose.some((role) => found.roles.includes(role)));
  keys.unbind();
  const buttons = mine.map((view) => {
    const letter = view.code.slice(3);
    keys.bind(view.code, letter, t(`view.${view.name}`), () => open(view, found));
    return make('li', {}, make('button', { type: 'button', 'data-view': view.name, on: { click: () => open(view, found) } }, t(`view.${view.name}`), ' ', make('kbd', { 'aria-hidden': 'true' }, letter)));
  });
  keys.bind('KeyC', 'C', t('keys.code'), () => { main.querySelector('input:not([type=radio], [type=checkbox])')?.focus(); });
  keys.bind('KeyV', 'V', t('keys.camera'), camera);
  keys.bind('KeyW', 'W', t('visit.walk_in'), () => shown.walkIn?.());
  keys.bind('KeyT', 'T', t('keys.queue'), () => shown.focus?.());
  keys.bind('KeyN', 'N', t('present.cannot'), () => { main.querySelector('[data-look]')?.click(); });
  fill(at('views'), make('ul', {}, buttons));
  waiting(at('views'), (all) => {
    head.waiting = all;
    title();
  });
  fill(at('who'),
    make('span', {}, [found.agency?.name, found.name].filter(Boolean).join(' · ')),
    make('button', { type: 'button', on: { click: camera } }, t('keys.camera'), ' ', make('kbd', { 'aria-hidden': 'true' }, 'V')),
    make('button', { type: 'button', on: { click: keys.show } }, t('keys.title'), ' ', make('kbd', { 'aria-hidden': 'true' }, '?')),
    make('button', { type: 'button', on: { click: leave } }, t('session.sign_out')));
  if (mine.length) open(mine[0], found);
  else fill(main, make('h1', { tabindex: '-1' }, t('session.nothing')), make('p', {}, t('session.nothing_means')));
}

async function camera() {
  if (document.querySelector('dialog[open]')) return;
  const text = await byCamera();
  if (text) await scanned(text);
}

async function leave() {
  await call('POST', '/api/sign-out', { body: {} }).catch(() => {});
  forget();
  location.reload();
}

/** Nothing of a customer, and nothing that the one before could do, stays for whoever sits here next. */
function forget() {
  keys.unbind();
  sessionStorage.clear();
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  shown = {};
  Object.assign(head, { view: undefined, waiting: 0 });
  title();
}

/** One button: the passkey says who it is, so nobody types a name. */
function signIn(place, why) {
  const problem = troubles();
  const enter = button(t('session.sign_in'), async () => {
    const begun = await call('POST', '/api/sign-in/begin', { body: {} });
    signedIn(bound(await call('POST', '/api/sign-in', { body: { id: begun.id, credential: await get(begun) } })));
  }, { main: true, place: problem });
  forget();
  fill(at('views'));
  fill(at('who'));
  fill(main, make('h1', { tabindex: '-1' }, t('session.title')), why ? make('p', { class: 'note' }, why) : null,
    make('p', { class: 'lead' }, place.agency?.name ?? t('terminal.centre')),
    place.open === false ? make('p', { class: 'note' }, place.opens ? t('session.closed', { opens: hour(place.opens), closes: hour(place.closes) }) : t('session.closed_today')) : null,
    problem, make('p', { class: 'actions' }, enter));
  goOn(main);
}

async function begin() {
  if (!globalThis.isSecureContext || !crypto.subtle || !navigator.credentials) {
    fill(main, make('h1', {}, t('site.old')), make('p', {}, t('site.old_means')));
    return;
  }
  const page = document.documentElement.dataset.page;
  if (page === 'enrol') return void enrol();
  if (page === 'terminal') return void (await terminal());
  const place = await call('GET', '/api/terminal');
  if (place.state !== 'on') {
    location.replace(`/${language}/terminal`);
    return;
  }
  line.addEventListener('signed_out', () => signIn(place, t('session.ended')));
  try {
    signedIn(await session());
  } catch (error) {
    if (error.code !== 'signed_out') throw error;
    signIn(place);
  }
}

/** Milliseconds between two questions whether the server can be reached again. */
const PACE = 3000;
let reaching;

/** Asks until an answer comes: not every view asks by itself. */
function reach() {
  clearTimeout(reaching);
  if (document.body.dataset.old === undefined) return;
  look('/api/terminal').catch(() => {});
  reaching = setTimeout(reach, PACE);
}

window.addEventListener('online', reach);

// The last state stays on the page while the network is away, and says how old it is.
line.addEventListener('cut', () => {
  document.body.dataset.old = '';
  at('line').textContent = t('line.cut', { time: hour(now()) });
  reach();
});
line.addEventListener('back', () => {
  delete document.body.dataset.old;
  at('line').textContent = '';
});

listen({ scanned: (text) => { scanned(text); }, pressed: keys.pressed });
keys.listen();
begin().catch((error) => {
  fill(main, make('h1', { tabindex: '-1' }, t('site.not_now')), make('p', { role: 'alert' }, says(error)),
    make('p', { class: 'actions' }, button(t('site.again'), () => location.reload(), { main: true })));
  goOn(main);
});
