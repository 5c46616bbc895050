// A scanner that types, as one does: key after key at its own pace, ended by Enter; and what a Hangul input method makes of it.

/** The place of a sign on the board. */
function place(sign) {
  if (/\d/.test(sign)) return { code: `Digit${sign}`, windowsVirtualKeyCode: sign.charCodeAt(0) };
  return { code: `Key${sign.toUpperCase()}`, windowsVirtualKeyCode: sign.toUpperCase().charCodeAt(0) };
}

/** What a Korean keyboard of two sets has on the places of Latin letters. */
const HANGUL = { q: "ㅂ", w: "ㅈ", e: "ㄷ", r: "ㄱ", t: "ㅅ", y: "ㅛ", u: "ㅕ", i: "ㅑ", o: "ㅐ", p: "ㅔ", a: "ㅁ", s: "ㄴ", d: "ㅇ", f: "ㄹ", g: "ㅎ", h: "ㅗ", j: "ㅓ", k: "ㅏ", l: "ㅣ", z: "ㅋ", x: "ㅌ", c: "ㅊ", v: "ㅍ", b: "ㅠ", n: "ㅜ", m: "ㅡ" };

const sessions = new WeakMap();

/** One session for a page, kept: to end any of a page's sessions takes its virtual authenticator away. */
async function session(page) {
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page));
  return sessions.get(page);
}

/**
 * Sends a text as keys. `ms` is the time between two of them, by the events' own clock; `hangul` has an input method compose what
 * letters would be, as Windows tells it: the key is "Process", the place is the key's own.
 */
export async function types(page, text, { ms = 8, hangul = false, enter = true } = {}) {
  const devtools = await session(page);
  const isField = await page.evaluate(() => document.activeElement?.matches("input:not([type=radio], [type=checkbox])") ?? false);
  const start = (await page.evaluate(() => performance.timeOrigin + performance.now())) / 1000;
  let at = 0;
  // One after the other and without waiting: a scanner does not wait, and a busy machine must not make a hand of it.
  const sent = [];
  const key = (type, more) => sent.push(devtools.send("Input.dispatchKeyEvent", { type, timestamp: start + at / 1000, ...more }));
  for (const sign of text) {
    const { code, windowsVirtualKeyCode } = place(sign);
    const composed = hangul && HANGUL[sign.toLowerCase()];
    const modifiers = /[A-Z]/.test(sign) ? 8 : 0;
    if (composed) {
      key("rawKeyDown", { code, key: "Process", windowsVirtualKeyCode: 229, modifiers });
      if (isField) sent.push(devtools.send("Input.imeSetComposition", { text: composed, selectionStart: 1, selectionEnd: 1 }));
    } else {
      key("keyDown", { code, key: sign, text: sign, windowsVirtualKeyCode, modifiers });
    }
    key("keyUp", { code, key: sign, windowsVirtualKeyCode, modifiers });
    at += ms;
    // A hand does wait.
    if (ms > 100) await page.waitForTimeout(ms);
  }
  if (enter) {
    // An input method that is composing takes the first Enter for itself.
    if (hangul) key("rawKeyDown", { code: "Enter", key: "Process", windowsVirtualKeyCode: 229 });
    key("keyDown", { code: "Enter", key: "Enter", text: "\r", windowsVirtualKeyCode: 13 });
    key("keyUp", { code: "Enter", key: "Enter", windowsVirtualKeyCode: 13 });
  }
  await Promise.all(sent);
}
