// A scanner that types: told from a person by its pace, read by the keys and not by what an input method makes of them.

import { isField } from './dom.js';

/** Milliseconds between two keys of a scanner, at most. */
const GAP = 100;
/** Milliseconds that a key outside of fields is held back, so that a busy machine makes no hand of a scanner; Enter lets it go at once. */
const HOLD = 300;
/** Signs of a scan, at least; fewer are a person who types fast. */
const LEAST = 6;

const PLAIN = { Minus: '-', Equal: '=', Slash: '/', Period: '.', Comma: ',', Semicolon: ';', NumpadSubtract: '-', NumpadDivide: '/', NumpadDecimal: '.' };
const SHIFTED = { Minus: '_', Equal: '+', Slash: '?', Period: '>', Comma: '<', Semicolon: ':' };

/** What a key can be, by its place on the board: alone, and with shift. */
function signs(code) {
  if (/^Key[A-Z]$/.test(code)) return [code[3].toLowerCase(), code[3]];
  if (/^(Digit|Numpad)[0-9]$/.test(code)) return [code.at(-1), code.startsWith('Digit') ? '' : code.at(-1)];
  return [PLAIN[code] ?? '', SHIFTED[code] ?? PLAIN[code] ?? ''];
}

/** The sign of a key as scanners send it: by its place. A Hangul input method changes `key`, never `code`. */
export function sign({ code, shiftKey, key }) {
  if (!code) return key?.length === 1 ? key : '';
  const both = signs(code);
  // Where the key says one of the two, it knows better than shift: letters may be locked to capitals.
  return key && both.includes(key) ? key : both[shiftKey ? 1 : 0];
}

/** What was scanned: a card by its printed number, a code a customer shows, or what says who comes. */
export function kindOf(text) {
  const plain = text.replace(/[\s-]/g, '');
  if (/^89\d{16,18}$/.test(plain)) return { kind: 'card', text: plain };
  if (/^\d{6}$/.test(plain)) return { kind: 'code', text: plain };
  if (/^[BCDFGHJKLMNPQRSTVWXZ]{10}$/i.test(plain)) return { kind: 'visit', text: plain.toUpperCase() };
  return { kind: 'other', text: plain };
}

/** Keys in a row, as fast as no hand. `at` is the event's own time, so a busy page does not tear a scan apart. */
export class Burst {
  text = '';
  last = -Infinity;
  before = null;

  /** Takes a key; says whether it began a new row. */
  take(one, at, field) {
    const begins = at - this.last > GAP;
    if (begins) {
      this.text = '';
      this.before = field && { field, value: field.value, end: field.selectionEnd };
    }
    this.text += one;
    this.last = at;
    return begins;
  }

  /** What was scanned, if the row ends now and is one. */
  end(at) {
    const text = at - this.last <= GAP && this.text.length >= LEAST ? this.text : undefined;
    this.text = '';
    return text;
  }
}

/** A field is as it was before the scan went through it. An input method lets go of what it had begun when it likes, so twice. */
function restore(before) {
  if (!before) return;
  const { field, value, end } = before;
  const put = () => {
    if (!field.isConnected || field.value === value) return;
    field.value = value;
    if (end !== null && field.setSelectionRange) field.setSelectionRange(end, end);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  field.blur();
  put();
  if (field.isConnected) field.focus();
  field.addEventListener('compositionend', () => setTimeout(put), { once: true });
  setTimeout(put, GAP);
}

/** Listens everywhere. `scanned` gets what a scanner sent; `pressed` each key outside of fields, once it is known that a hand did it. */
export function listen({ scanned, pressed }) {
  const burst = new Burst();
  let ended = -Infinity;
  let timer;
  let held = [];
  const release = () => {
    clearTimeout(timer);
    const keys = held;
    held = [];
    // As many as a scan has, and no end to them: that was no hand.
    if (keys.length < LEAST) keys.forEach(pressed);
  };
  const end = (event, now) => {
    const text = burst.end(now);
    // An input method that was interrupted sends its Enter twice.
    if (text !== undefined || now - ended <= GAP) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (text === undefined) {
      release();
      return;
    }
    clearTimeout(timer);
    held = [];
    ended = now;
    restore(burst.before);
    scanned(text);
  };
  window.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const now = event.timeStamp;
    if (/^(Numpad)?Enter$/.test(event.code || event.key)) {
      end(event, now);
      return;
    }
    const one = sign(event);
    if (!one) return;
    const field = isField(event.target) ? event.target : null;
    clearTimeout(timer);
    if (burst.take(one, now, field)) held = [];
    if (!field) {
      held.push({ code: event.code, key: event.key, shiftKey: event.shiftKey });
      timer = setTimeout(release, HOLD);
    }
  }, true);
}
