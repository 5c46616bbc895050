// The browser build against the fixtures that core itself is held to (tests/tests/identifiers.rs).

import assert from "node:assert/strict";
import { test } from "node:test";

import { check, fixtures } from "./packages.mjs";

const checks = {
  msisdn: check.check_msisdn,
  imsi: check.check_imsi,
  imei: check.check_imei,
  iccid: check.check_iccid,
};

for (const { kind, typed, normal, reason, masked } of fixtures) {
  test(`${kind} ${JSON.stringify(typed)} is ${normal ?? reason}`, () => {
    if (reason) assert.throws(() => checks[kind](typed), (error) => error instanceof Error && error.message === reason);
    else assert.equal(checks[kind](typed), normal);
    if (masked) assert.equal(check.mask_msisdn(typed), masked);
  });
}

test("a mask never shows what was typed, whatever it was", () => {
  for (const typed of ["홍길동 010", "not a number", "🐧".repeat(5)]) {
    assert.ok(!check.mask_msisdn(typed).includes(typed));
  }
});

test("a check survives a long and hostile text", () => {
  for (const kind of Object.keys(checks)) {
    assert.throws(() => checks[kind]("0".repeat(1_000_000)), Error);
    assert.throws(() => checks[kind]("\u0000\ud800"), Error);
  }
});
