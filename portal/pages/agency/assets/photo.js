// One picture: by this terminal's camera, or from a file of the shop's. Drawn anew, so that it says nothing but what is seen.

import { begin } from './camera.js';
import { fill, make } from './dom.js';
import { button, complain, goOn, refused, troubles } from './parts.js';
import { t } from './words.js';

/** Pixels of the longer side, at most, and bytes of a picture. */
const SIDE = 1600;
const MOST = 1024 * 1024;
const QUALITIES = [0.85, 0.7, 0.55, 0.4];
/** Milliseconds between two looks whether anybody still wants the picture. */
const PACE = 300;

/** Whoever was to be photographed is not shown any more. */
export class Gone extends Error {}

/** A picture as JPEG without where and when it was taken. */
async function drawn(source, width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = make('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const picture = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', quality); });
    if (picture && picture.size <= MOST) return picture;
  }
  throw refused('picture_large');
}

async function fromFile(file) {
  const picture = await createImageBitmap(file);
  try {
    return await drawn(picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
}

/** Fails once an element has left the page. */
const left = (element) => new Promise((_, failed) => {
  const watching = setInterval(() => {
    if (element.isConnected) return;
    clearInterval(watching);
    failed(new Gone());
  }, PACE);
});

/** Takes one picture. Gives a JPEG, or fails as [`Gone`]; the camera is off after either. */
export async function shot(place, { name, digits, problem }) {
  const video = make('video', { playsinline: true, muted: true, 'aria-label': t('camera.picture') });
  const file = make('input', { type: 'file', accept: 'image/*', id: 'picture' });
  const own = troubles();
  let end = () => {};
  const taken = new Promise((done) => {
    const take = button(t('photo.take'), async () => done(await drawn(video, video.videoWidth, video.videoHeight)), { main: true, place: own });
    take.disabled = true;
    file.addEventListener('change', () => fromFile(file.files[0]).then(done, (error) => complain(own, error)));
    fill(place, make('h3', { tabindex: '-1' }, t(`photo.${name}`)), make('p', {}, t('photo.digits'), ' ', make('b', { class: 'digits' }, digits)), problem, own, video,
      make('p', { class: 'actions' }, take), make('p', { class: 'field' }, make('label', { for: 'picture' }, t('photo.file')), file));
    begin(video, { width: { ideal: 1920 }, height: { ideal: 1080 } }).then((stop) => {
      end = stop;
      if (!video.isConnected) return stop();
      take.disabled = false;
      return goOn(place);
    }, () => {
      video.remove();
      take.remove();
      file.setAttribute('data-first', '');
      goOn(place);
    });
  });
  try {
    return await Promise.race([taken, left(file)]);
  } finally {
    end();
  }
}
