// A second look from the counter's side: two pictures, then two minutes at most until somebody elsewhere has answered.

import { Cut, call, look as read } from './api.js';
import { fill, make } from './dom.js';
import { button, complain, countdown, follow, goOn, tell, troubles } from './parts.js';
import { Gone, shot } from './photo.js';
import { named, t } from './words.js';

/** What is photographed, in the order of the images' numbers. */
const SHOTS = ['papers', 'person'];
/** States in which an answer may still come. */
const OPEN = ['asked', 'taken'];
/** What a picture is refused with for its own sake: another one is taken. */
const UNFIT = ['image', 'picture_large'];
/** Milliseconds between two questions whether it is decided, and before a picture is sent again. */
const PAUSES = [1000, 2000];
const REST = 2000;

/** Goes through a look from its pictures to its end; `done` gets what the server says of it. */
export async function ask(place, asked, done) {
  const problem = troubles();
  const body = make('div');
  place.append(make('p', { class: 'lead' }, t('look.lead')), make('p', {}, countdown(asked.until, (time) => t('look.left', { time }))), body);
  const stands = await read(`/api/looks/${asked.look}`).catch(() => ({ state: 'asked', images: [] }));
  try {
    for (const [at, name] of SHOTS.entries()) {
      if (!OPEN.includes(stands.state) || stands.images.includes(at + 1)) continue;
      if (!(await send(body, problem, asked, name, at + 1))) break;
    }
  } catch (error) {
    if (error instanceof Gone) return;
    throw error;
  }
  wait(body, asked, done);
}

/** Until it is decided, or nobody can decide it any more. */
function wait(body, asked, done) {
  fill(body, make('h3', { tabindex: '-1' }, t('look.waiting')), make('p', {}, t('look.means')));
  tell(t('look.waiting'));
  follow(body, async () => {
    const found = await read(`/api/looks/${asked.look}`).catch((error) => {
      if (error.code !== 'not_found') throw error;
      return { state: 'lapsed' };
    });
    if (OPEN.includes(found.state)) return false;
    fill(body, make('h3', { tabindex: '-1' }, named('look_state', found.state)), make('p', {}, named('look_means', found.state)),
      button(t('look.go_on'), () => done(found), { main: true }));
    tell(named('look_state', found.state));
    goOn(body);
    return true;
  }, PAUSES);
}

/** Until the picture is there: the same one again after a cut, another one if it was unfit. Not, if the look is over. */
async function send(body, problem, asked, name, number) {
  for (;;) {
    const picture = await shot(body, { name, digits: asked.digits, problem });
    problem.hidden = true;
    const error = await sent(body, `/api/looks/${asked.look}/images/${number}`, picture);
    // It had arrived, and its answer had not.
    if (!error || error.code === 'image_taken') return true;
    if (!UNFIT.includes(error.code)) return false;
    complain(problem, error);
  }
}

/** Sends one picture, as often as the network cuts it; gives what it was refused with. */
async function sent(body, path, image) {
  while (body.isConnected) {
    try {
      await call('PUT', path, { image, again: true });
      return undefined;
    } catch (error) {
      if (!(error instanceof Cut) && error.status !== 503) return error;
      await new Promise((rested) => { setTimeout(rested, REST); });
    }
  }
  throw new Gone();
}
