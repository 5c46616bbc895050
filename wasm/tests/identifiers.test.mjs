// The browser build against the fixtures that core itself is held to (tests/tests/identifiers.rs).

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const simrecall = createRequire(import.meta.url)("../../target/npm/check/node/simrecall.js");
const fixtures = JSON.parse(readFileSync(new URL("identifiers.json", import.meta.url), "utf8"));

const checks = {
  msisdn: simrecall.check_msisdn,
  imsi: simrecall.check_imsi,
  imei: simrecall.check_imei,
  iccid: simrecall.check_iccid,
};

for (const { kind, typed, normal, reason, masked } of fixtures) {
  test(`${kind} ${JSON.stringify(typed)} is ${normal ?? reason}`, () => {
    if (reason) assert.throws(() => checks[kind](typed), (error) => error instanceof Error && error.message === reason);
    else assert.equal(checks[kind](typed), normal);
    if (masked) assert.equal(simrecall.mask_msisdn(typed), masked);
  });
}

test("a mask never shows what was typed, whatever it was", () => {
  for (const typed of ["홍길동 010", "not a number", "🐧".repeat(5)]) {
    assert.ok(!simrecall.mask_msisdn(typed).includes(typed));
  }
});

test("a check survives a long and hostile text", () => {
  for (const kind of Object.keys(checks)) {
    assert.throws(() => checks[kind]("0".repeat(1_000_000)), Error);
    assert.throws(() => checks[kind]("\u0000\ud800"), Error);
  }
});
