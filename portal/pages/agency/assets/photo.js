// Asking for a second look: two pictures, drawn anew so that nothing but what is seen leaves the shop, then two minutes.

import { call, look as read } from './api.js';
import { begin } from './camera.js';
import { fill, make } from './dom.js';
import { button, complain, countdown, follow, goOn, tell, troubles } from './parts.js';
import { named, t } from './words.js';

/** Pixels of the longer side, at most, and bytes of a picture. */
const SIDE = 1600;
const MOST = 1024 * 1024;
const QUALITIES = [0.85, 0.7, 0.55, 0.4];
const SHOTS = ['papers', 'person'];
/** Milliseconds between two questions whether it is decided. */
const PAUSES = [1000, 2000];

/** A picture as JPEG without where and when it was taken. */
async function drawn(source, width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = make('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const picture = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', quality); });
    if (picture && picture.size <= MOST) return picture;
  }
  throw Object.assign(new Error('picture'), { code: 'picture_large' });
}

async function fromFile(file) {
  const picture = await createImageBitmap(file);
  try {
    return await drawn(picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
}

/** Takes one picture: by camera, or from a file of the shop's camera. Gives a JPEG. */
async function shot(place, { name, digits }) {
  const video = make('video', { playsinline: true, muted: true, 'aria-label': t('camera.picture') });
  const problem = troubles();
  const file = make('input', { type: 'file', accept: 'image/*', id: 'picture' });
  let end = () => {};
  const taken = new Promise((done) => {
    const take = button(t('photo.take'), async () => done(await drawn(video, video.videoWidth, video.videoHeight)), { main: true, place: problem });
    take.disabled = true;
    file.addEventListener('change', () => fromFile(file.files[0]).then(done, (error) => complain(problem, error)));
    fill(place, make('h3', { tabindex: '-1' }, t(`photo.${name}`)), make('p', {}, t('photo.digits'), ' ', make('b', { class: 'digits' }, digits)), problem, video,
      make('p', { class: 'actions' }, take), make('p', { class: 'field' }, make('label', { for: 'picture' }, t('photo.file')), file));
    begin(video, { width: { ideal: 1920 }, height: { ideal: 1080 } }).then((stop) => {
      end = stop;
      take.disabled = false;
      goOn(place);
    }, () => { video.remove(); goOn(place); });
  });
  try {
    return await taken;
  } finally {
    end();
  }
}

/** Goes through a look from its pictures to its end; `done` gets what the server says of it. */
export async function ask(place, asked, done) {
  const problem = troubles();
  const body = make('div');
  place.append(problem, make('p', { class: 'lead' }, t('look.lead')), make('p', {}, countdown(asked.until, (time) => t('look.left', { time }))), body);
  const { state } = await read(`/api/looks/${asked.look}`).catch(() => ({ state: 'asked' }));
  if (state === 'asked' && asked.digits) {
    for (const [at, name] of SHOTS.entries()) {
      await send(body, problem, asked, name, at + 1);
    }
  }
  fill(body, make('h3', { tabindex: '-1' }, t('look.waiting')), make('p', {}, t('look.means')));
  tell(t('look.waiting'));
  follow(body, async () => {
    const found = await read(`/api/looks/${asked.look}`);
    if (['asked', 'taken'].includes(found.state)) return false;
    fill(body, make('h3', { tabindex: '-1' }, named('look_state', found.state)), make('p', {}, named('look_means', found.state)),
      button(t('look.go_on'), () => done(found), { main: true }));
    tell(named('look_state', found.state));
    goOn(body);
    return true;
  }, PAUSES);
}

/** Until the picture is there: the same one again after a cut, another one after a refusal. */
async function send(body, problem, asked, name, number) {
  for (;;) {
    const picture = await shot(body, { name, digits: asked.digits });
    try {
      problem.hidden = true;
      await call('PUT', `/api/looks/${asked.look}/images/${number}`, { image: picture, again: true });
      return;
    } catch (error) {
      // It had arrived, and its answer had not.
      if (error.code === 'image_taken') return;
      complain(problem, error);
    }
  }
}
