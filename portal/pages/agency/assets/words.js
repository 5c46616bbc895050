// What the page says: one table of words in its shell, the same keys in every language.

const words = JSON.parse(document.getElementById('words').textContent);

export const language = document.documentElement.lang;

/** The words of a key such as `queue.title`, with the gaps `{name}` filled. */
export function t(key, gaps = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
}

/** Whether there are words for a code of the server's. */
export const has = (room, code) => words[`${room}.${code}`] !== undefined;

/** The words of a code the server named, such as a state; a code without words is shown as it is. */
export function named(room, code, gaps) {
  return has(room, code) ? t(`${room}.${code}`, gaps) : String(code).replaceAll('_', ' ');
}

const ZONE = 'Asia/Seoul';
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: ZONE });
const moment = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: ZONE });
const digits = new Intl.NumberFormat(language);

/** Hour and minute in Seoul; a time that is written as on a door stays. */
export const hour = (time) => (/^\d\d:\d\d$/.test(time) ? time : time ? clock.format(new Date(time)) : '');

/** Day, hour and minute in Seoul. */
export const when = (time) => (time ? moment.format(new Date(time)) : '');

/** A count. */
export const count = (number) => digits.format(number);

/** Minutes and seconds from `now`, in milliseconds, until a moment; nothing below zero. */
export function left(until, now) {
  const seconds = Math.max(0, Math.ceil((new Date(until) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
