// How another portal's page uses both packages. Only its types are checked, by scripts/wasm.sh test.

import init, { check_msisdn, mask_msisdn, qr } from "@simrecall/check/web";
import initMatcher, { Register } from "@simrecall/matcher/web";

/**
 * @param {string} typed
 * @returns {Promise<{ number: string } | { reason: string }>}
 */
export async function number(typed) {
  await init({ module_or_path: "/a/check_bg.wasm" });
  try {
    return { number: check_msisdn(typed) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : mask_msisdn(typed) };
  }
}

/**
 * @param {SVGSVGElement} svg
 * @param {string} text
 */
export function draw(svg, text) {
  const [side, ...path] = qr(text).split(" ");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.querySelector("path")?.setAttribute("d", path.join(" "));
}

/** @type {Record<import("@simrecall/matcher/web").Answer["is"], string>} */
const words = {
  official: "This is ours.",
  other_sender: "These are our words, but not our sender.",
  altered: "This is like ours, but not the same.",
  link: "This is not ours, and it holds an address.",
  not_ours: "This is not ours.",
};

/**
 * @param {string} text
 * @param {string} sender
 * @returns {Promise<string[]>}
 */
export async function real(text, sender) {
  await initMatcher({ module_or_path: "/a/matcher_bg.wasm" });
  const register = new Register(await (await fetch("/register.json")).text());
  const answer = register.classify(text, sender || undefined);
  const lines = [words[answer.is], answer.addressed_to ?? "nobody", String(answer.wave ?? 0)];
  for (let at = 0; at < answer.places; at += 1) {
    lines.push(`${answer.place_kind(at)}: ${answer.place_ours(at)} / ${answer.place_theirs(at)}`);
  }
  // @ts-expect-error A word that is none of the five would be a mistake that the types find.
  if (answer.is === "genuine") lines.push("never");
  return lines;
}

// @ts-expect-error A number is typed as text.
export const wrong = () => check_msisdn(1012345678);
