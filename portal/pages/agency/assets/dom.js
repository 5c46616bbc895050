// Elements are made with text, never with markup: the page's policy refuses anything else.

/** Makes an element. `on` holds listeners by event; what is absent or false is left out. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'on') {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    } else {
      element.setAttribute(key, value === true ? '' : String(value));
    }
  }
  element.append(...there(children));
  return element;
}

const there = (children) => children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);

/** Puts these in place of what an element held; what is absent is left out. */
export const fill = (element, ...children) => element.replaceChildren(...there(children));

/** The element of an id that the page's shell has. */
export const at = (id) => document.getElementById(id);

/** Whether keys pressed in an element are text. */
export function isField(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element.matches('textarea, select')) return true;
  return element.matches('input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=file])');
}
