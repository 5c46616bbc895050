// The counter: left the queue, right one case.

import { CasePane } from './case.js';
import { fill, make } from './dom.js';
import { complain, tell, troubles } from './parts.js';
import { queue } from './queue.js';
import { t } from './words.js';

/** Both panes, and what a scan means to them. */
export function counter(place, { agency, hotline }) {
  const left = make('section', { id: 'queue', class: 'pane', 'aria-labelledby': 'queue-title' });
  const body = make('div');
  const problem = troubles();
  const right = make('section', { id: 'case', class: 'pane', 'aria-label': t('case.pane') }, problem, body);
  fill(place, make('div', { class: 'panes' }, left, right));
  const list = { refresh: async () => {}, focus: () => {}, mark: () => {}, labelOf: () => undefined };
  const refresh = () => { list.refresh().catch(() => {}); };
  const pane = new CasePane(body, {
    agency,
    hotline,
    left: () => { pane.empty(); refresh(); },
    changed: refresh,
    // What went wrong with the one before is not about this one.
    drawn: () => { problem.hidden = true; list.mark(); },
    failed: (error) => complain(problem, error),
    labelOf: (id) => list.labelOf(id),
  });
  const shows = async (work) => {
    problem.hidden = true;
    try {
      await work();
    } catch (error) {
      complain(problem, error);
    }
  };
  Object.assign(list, queue(left, {
    isOpen: (one) => Boolean(one.case) && one.case === pane.id,
    chosen: (one) => shows(async () => (one.case ? pane.open(one.case) : pane.row(one))),
    read: () => pane.labelled(),
  }));
  pane.empty();
  let isScanning = false;
  return {
    focus: () => list.focus(),
    walkIn: () => pane.walkIn(),
    scanned: async (what) => {
      // A second pull of the trigger while the first is being worked at.
      if (isScanning) return;
      isScanning = true;
      await shows(async () => {
        tell(t(`scan.heard_${what.kind}`));
        await pane.scanned(what);
      });
      isScanning = false;
    },
  };
}
