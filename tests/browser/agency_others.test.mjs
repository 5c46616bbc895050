// Who cannot show their own code is looked at by another pair of eyes, at another terminal; a line that got another card lately takes a
// supervisor's passkey too; the centre answers a call and signs a wave. Everybody has a browser of their own.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { DIGITS, LETTERS, applies, complaints, elsewhere, looks, people, portal, seat, shows, views } from "./agency_shop.mjs";
import { types } from "./scanner.mjs";

/** A customer is here, cannot show the digits, and is photographed with what the clerk wrote down; gives these four digits. */
async function photographed(clerk, customer, see) {
  const phone = await applies(customer);
  await types(clerk, await shows(phone, LETTERS), {});
  await clerk.locator("[data-look]").click();
  await clerk.locator("#picture").waitFor();
  const digits = await clerk.locator("b.digits").textContent();
  assert.match(digits, /^\d{4}$/);
  await clerk.locator("#case video").waitFor();
  await clerk.locator("#case [data-next]:enabled").waitFor();
  await see("look-papers");
  for (const picture of ["1", "2"]) {
    const sent = clerk.waitForResponse((answer) => answer.request().method() === "PUT" && answer.url().endsWith(`/images/${picture}`));
    await clerk.locator("#case [data-next]:enabled").click();
    const answer = await sent;
    assert.ok(answer.ok(), `picture ${picture}: ${answer.status()} ${answer.ok() ? "" : await answer.text()}`);
  }
  await clerk.locator("#picture").waitFor({ state: "detached" });
  await see("look-waiting");
  await phone.context().close();
  return digits;
}

/** Somebody elsewhere takes the oldest question, and may say yes only once both pictures are there. */
async function takes(other, digits, see) {
  await other.locator("main [data-next]").click();
  await other.locator(".pictures").waitFor();
  assert.equal(await other.locator("b.digits").textContent(), digits, "both see the digits that are on the paper");
  await other.waitForFunction(() => {
    const images = [...document.querySelectorAll(".pictures img")];
    return images.length === 2 && images.every((one) => one.naturalWidth > 0);
  });
  await other.locator(".pictures ~ .actions button:enabled").first().waitFor();
  await see("look-taken");
}

test("an agent sees a case by the code that the caller's page shows, and holds any number in the same words", async () => {
  const { context, page } = await seat("ko", null, "agent.one");
  const phone = await applies(people[1]);
  await phone.goto(`${portal}/ko/replace`);
  await phone.locator('button[name="call"]').click();
  const note = phone.locator(".note").filter({ hasText: /\d{3} \d{3}$/ });
  const code = /\d{3} \d{3}$/.exec(await note.textContent())[0].replace(" ", "");
  await looks(page, "ko-calls");
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  await page.locator("#call").fill(wrong);
  await page.keyboard.press("Enter");
  await page.locator("main .trouble:visible").waitFor();
  await looks(page, "ko-call-unknown");
  await page.locator("#call").fill(code);
  await page.keyboard.press("Enter");
  await page.locator("main dl.summary").waitFor();
  const shown = await page.locator("main dl.summary").textContent();
  assert.ok(!shown.includes(people[1].digits) && !shown.includes("○"), shown);
  await looks(page, "ko-call");

  const said = [];
  for (const [at, number] of ["010-2000-0003", "010-7999-0001"].entries()) {
    await page.locator("#number").fill(number);
    await page.locator("#reference").fill(`CALL-000${at + 1}`);
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/api/holds"));
    await page.keyboard.press("Enter");
    const answer = await answered;
    await page.waitForFunction(() => document.getElementById("number").value === "");
    said.push([answer.status(), await answer.text(), await page.locator("section.line").textContent()]);
  }
  await looks(page, "ko-hold");
  assert.deepEqual(said[0], said[1], "whether a number is anybody's is not said");
  assert.equal((await elsewhere("held", { numbers: ["010-2000-0003", "010-7999-0001"] })).held.length, 2);
  assert.deepEqual(complaints(page), []);
  await context.close();
  await phone.context().close();
});

test("somebody elsewhere says yes, the owner has time to object, and the card is attached", async () => {
  const [clerk, other] = [await seat("ko", "jongno", "clerk.jongno"), await seat("en", "mapo", "supervisor.mapo")];
  const [customer] = people;
  const page = clerk.page;
  const see = (state) => looks(page, `ko-${state}`);
  await views(other.page, "looks");
  await looks(other.page, "en-looks-nobody");
  const digits = await photographed(page, customer, see);
  await takes(other.page, digits, (state) => looks(other.page, `en-${state}`));
  await other.page.locator(".pictures ~ .actions button:enabled").first().click();
  await other.page.locator(".pictures").waitFor({ state: "detached" });

  await page.locator("#case [data-next]").waitFor();
  await see("look-approved");
  await page.locator("#case [data-next]").click();
  await page.locator(".papers input").first().check();
  await page.locator("#case form [data-next]").click();
  // The owner has time to object; then the page goes on by itself.
  await page.locator("#case .countdown").waitFor();
  assert.equal(await page.locator("#card").count(), 0, "no card while the owner may still object");
  await see("look-objections");
  await elsewhere("pass", { minutes: 11 });
  await page.locator("#card").waitFor();

  await types(page, customer.card, {});
  await page.locator("#digits").fill(customer.digits);
  await page.locator("#case form [data-next]").click();
  await page.locator(".steps li").first().waitFor();
  await elsewhere("insert");
  await page.locator(".step.attached").waitFor({ timeout: 60_000 });
  await see("look-attached");
  const rows = await elsewhere("rows");
  assert.deepEqual([rows.moved[0], rows.swaps[0]], [true, 1]);
  assert.deepEqual(complaints(page, other.page), []);
  for (const one of [clerk, other]) await one.context.close();
});

test("the centre says no; with their own code, a supervisor's passkey is what is missing", async () => {
  const [clerk, centre, supervisor] = [await seat("en", "jongno", "clerk.jongno.two"), await seat("ko", null, "security.lead"), await seat("ko", "jongno", "supervisor.jongno")];
  const customer = people[1];
  await views(centre.page, "looks");
  const digits = await photographed(clerk.page, customer, (state) => looks(clerk.page, `en-${state}`));
  await takes(centre.page, digits, (state) => looks(centre.page, `ko-${state}`));
  await centre.page.locator("#reason").selectOption("person");
  await centre.page.locator(".field:has(#reason) + .actions button").first().click();
  await centre.page.locator(".pictures").waitFor({ state: "detached" });
  await clerk.page.locator("#case [data-next]").waitFor();
  await looks(clerk.page, "en-look-denied");
  await clerk.page.locator("#case [data-next]").click();
  await clerk.page.locator("#case .step").first().waitFor();
  await looks(clerk.page, "en-look-after-denied");
  assert.equal(await clerk.page.locator("#card").count(), 0);
  const rows = await elsewhere("rows");
  assert.deepEqual([rows.moved[1], rows.swaps[1]], [false, 0], "no card for whoever was denied");

  // Their phone is found after all; but the line got another card an hour ago.
  const phone = await applies(customer);
  await types(clerk.page, await shows(phone, DIGITS), {});
  await clerk.page.locator(".papers input").first().check();
  await clerk.page.locator("#case form [data-next]").click();
  await clerk.page.locator("#card").waitFor();
  await elsewhere("changed_lately", { at: 1 });
  await types(clerk.page, customer.card, {});
  await clerk.page.locator("#digits").waitFor();
  await elsewhere("told");
  await clerk.page.locator("#digits").fill(customer.digits);
  await clerk.page.locator("#case form [data-next]").click();
  await clerk.page.locator("#digits").waitFor({ state: "detached" });
  const sign = supervisor.page.locator("section.line [data-next]");
  for (let tries = 0; tries < 20 && (await sign.count()) === 0; tries += 1) {
    await views(supervisor.page, "countersigns");
    await supervisor.page.waitForTimeout(500);
  }
  await looks(clerk.page, "en-countersign-waits");
  assert.equal(await clerk.page.locator(".steps li").count(), 0, "nothing begins before the second signature");
  const order = await supervisor.page.locator("section.line").textContent();
  assert.ok(!order.includes(customer.digits) && !order.includes("○"), "a supervisor signs without seeing whose it is");
  await looks(supervisor.page, "ko-countersigns-one");
  await sign.click();
  await sign.waitFor({ state: "detached" });
  await looks(supervisor.page, "ko-countersigned");

  await clerk.page.locator(".steps li").first().waitFor();
  await elsewhere("insert");
  await clerk.page.locator(".step.attached").waitFor({ timeout: 60_000 });
  await looks(clerk.page, "en-countersign-attached");
  const then = await elsewhere("rows");
  assert.deepEqual([then.moved[1], then.swaps[1]], [true, 1]);
  assert.deepEqual(complaints(clerk.page, centre.page, supervisor.page), []);
  for (const one of [clerk, centre, supervisor, { context: phone.context() }]) await one.context.close();
});

test("the centre signs a wave, and is counted once", async () => {
  const { context, page } = await seat("ko", null, "privacy.officer");
  const { wave } = await elsewhere("plan");
  await views(page, "approvals");
  const section = page.locator("section.line");
  await section.waitFor();
  const statement = await section.locator("pre").textContent();
  assert.equal(await section.locator("dd code").textContent(), createHash("sha256").update(statement).digest("hex"));
  await looks(page, "ko-wave");
  await section.locator("[data-next]").click();
  await section.locator("dd").filter({ hasText: "privacy" }).waitFor();
  await looks(page, "ko-wave-signed");
  // Somebody who presses once more is told, and counted once.
  if (await section.locator("[data-next]").count()) {
    await section.locator("[data-next]").click();
    await page.locator(".trouble:visible").waitFor();
    await looks(page, "ko-wave-twice");
  }
  assert.deepEqual(await elsewhere("release", { wave }), { signed: 1, released: "not_approved" });
  assert.deepEqual(complaints(page), []);
  await context.close();
});
