// What waits for whoever sits here: beside its view's name and in the window's title, whichever view they look at.

import { look } from './api.js';
import { make } from './dom.js';
import { follow, tell } from './parts.js';
import { count, t } from './words.js';

/** Milliseconds between two questions. */
const PAUSES = [1000, 4000];
/** How many wait, by view. */
const ASKS = {
  looks: async () => (await look('/api/looks')).waiting,
  countersigns: async () => (await look('/api/countersigns')).length,
};

/** Counts beside the names of views; `changed` gets how many wait in all. The first one is said aloud. */
export function waiting(views, changed) {
  const counts = {};
  for (const [name, ask] of Object.entries(ASKS)) {
    const view = views.querySelector(`[data-view="${name}"]`);
    if (!view) continue;
    const badge = make('b', { class: 'badge', hidden: true });
    view.append(' ', badge);
    follow(badge, async () => {
      const found = await ask();
      if (!badge.isConnected) return true;
      if (found === counts[name]) return false;
      // The view itself says so of its own.
      if (found && !counts[name] && !view.hasAttribute('aria-current')) tell(t(`waiting.${name}`));
      counts[name] = found;
      badge.textContent = count(found);
      badge.hidden = found === 0;
      changed(Object.values(counts).reduce((all, one) => all + one, 0));
      return false;
    }, PAUSES);
  }
}
