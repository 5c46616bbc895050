// The browser build says what core says natively, in every one of the generated cases (wasm/examples/cases).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { check, matcher } from "./packages.mjs";

const LEAST = 10_000;

/** What a call gives or throws, in the form of the cases. */
function said(call) {
  try {
    return call();
  } catch (error) {
    assert.ok(error instanceof Error, String(error));
    return { error: error.message };
  }
}

function classified(register, typed, sender) {
  const answer = register.classify(typed, sender ?? undefined);
  const { is, wave, no, kind, language, rung, sender: from, sha256 } = answer;
  const places = Array.from({ length: answer.places }, (_, at) => ({
    kind: answer.place_kind(at),
    ours: answer.place_ours(at),
    theirs: answer.place_theirs(at),
  }));
  const ours = wave === undefined ? null : { wave, no, kind, language, rung, sender: from, sha256 };
  const says = { is, ours, addressed_to: answer.addressed_to ?? null, places };
  answer.free();
  return says;
}

function answer(register, { function: name, typed, sender }) {
  if (name === "classify") return said(() => classified(register, typed, sender));
  const value = said(() => ({ value: check[name](typed) }));
  if (name !== "qr" || value.error) return value;
  return { sha256: createHash("sha256").update(value.value).digest("hex") };
}

test("the browser build says what core says natively", async (t) => {
  const cases = new URL("../../target/npm/cases.jsonl", import.meta.url);
  const counts = new Map();
  const kinds = new Map();
  let seed;
  let register;
  for await (const line of createInterface({ input: createReadStream(cases), crlfDelay: Infinity })) {
    const one = JSON.parse(line);
    if (one.seed !== undefined) {
      seed = one.seed;
    } else if (one.register) {
      register?.free();
      register = new matcher.Register(one.register);
      assert.equal(register.size, one.wordings);
    } else {
      assert.deepEqual(answer(register, one), one.says, `SEED=${seed}: ${line}`);
      counts.set(one.function, (counts.get(one.function) ?? 0) + 1);
      const kind = `${one.function} ${one.says.is ?? one.says.error ?? "value"}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
  }
  t.diagnostic(`SEED=${seed}`);
  for (const [kind, count] of [...kinds].sort()) t.diagnostic(`${kind}: ${count}`);
  const functions = [...Object.keys(check).filter((name) => typeof check[name] === "function"), "classify"];
  for (const name of functions.filter((name) => !name.startsWith("__"))) {
    assert.ok((counts.get(name) ?? 0) >= LEAST, `${name}: ${counts.get(name) ?? 0} cases`);
    // Cases that are all refused, or all alike, would prove little.
    const values = name === "classify" ? ["official", "other_sender", "altered", "link", "not_ours"] : ["value"];
    for (const value of values) {
      assert.ok((kinds.get(`${name} ${value}`) ?? 0) >= LEAST / 100, `${name} ${value}: too few cases`);
    }
  }
});
