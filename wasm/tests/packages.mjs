// The packages as a program of somebody else's finds them: by name, through what their manifests export.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const beside = new URL("../../target/npm/beside.mjs", import.meta.url);
const required = createRequire(beside);

/** `@simrecall/check` and `@simrecall/matcher`, ready in node. */
export const check = required("@simrecall/check");
export const matcher = required("@simrecall/matcher");

/** A file of a package, by what its manifest calls it: `./web`, `./module.wasm`. */
export function file(name) {
  return required.resolve(`@simrecall/${name}`);
}

/** What the tests' own packages offer. */
export const peers = createRequire(new URL("../../tests/beside.mjs", import.meta.url));

export const fixtures = JSON.parse(readFileSync(new URL("identifiers.json", import.meta.url), "utf8"));
