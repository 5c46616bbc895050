// A swap that is given up at the counter goes all the way back: what the clerk reads meanwhile, and the old card works again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DIGITS, LETTERS, applies, comes, complaints, elsewhere, looks, people, seat, shows } from "./agency_shop.mjs";
import { types } from "./scanner.mjs";

for (const [at, language] of [[0, "ko"], [1, "en"]]) {
  test(`a swap that is given up gives the old card its number back, in ${language}`, async () => {
    const { context, page } = await seat(language, "jongno", at === 0 ? "clerk.jongno" : "clerk.jongno.two");
    const see = (state) => looks(page, `${language}-${state}`);
    const customer = people[at];
    const phone = await applies(customer);
    await types(page, await shows(phone, LETTERS), {});
    await page.locator("#present").waitFor();
    await types(page, await shows(phone, DIGITS), {});
    await page.locator(".papers input").first().check();
    await page.locator("#case form [data-next]").click();
    await page.locator("#card").waitFor();
    await types(page, customer.card, {});
    await page.locator("#digits").waitFor();
    await elsewhere("told");
    await page.locator("#digits").fill(customer.digits);
    await page.locator("#case form [data-next]").click();
    // The number is at the new card, which nobody puts in.
    await comes(page, page.locator(".steps li").nth(6));
    assert.equal((await elsewhere("rows")).moved[at], true);
    assert.equal((await elsewhere("old_card", { at })).attaches, false, "the old card is out while the new one is let in");
    await page.locator("#case button.second").last().click();
    await page.locator("dialog[open]").waitFor();
    await see("give-up-sure");
    await page.locator("dialog[open] button.next").click();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    await page.locator("#case [data-next]:visible").waitFor({ timeout: 60_000 });
    await see("given-up");
    assert.equal(await page.locator(".step.attached").count(), 0, "nothing is green");
    assert.deepEqual(await elsewhere("old_card", { at }), { holds: true, attaches: true });
    const rows = await elsewhere("rows");
    assert.deepEqual([rows.moved[at], rows.swaps[at]], [false, 1]);
    assert.deepEqual(complaints(page), []);
    await context.close();
    await phone.context().close();
  });
}
