// A camera instead of a scanner: the browser's own reader where it has one, else a module of ours that is loaded when asked for.

import { make } from './dom.js';
import { t } from './words.js';

/** Milliseconds between two looks. */
const PACE = 120;
const FORMATS = { own: ['qr_code', 'code_128'], module: ['QRCode', 'Code128'] };

/** Pictures of the camera, and the end of it. */
export async function begin(video, wanted = { width: { ideal: 1280 }, height: { ideal: 720 } }) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', ...wanted } });
  video.srcObject = stream;
  await video.play();
  return () => stream.getTracks().forEach((track) => track.stop());
}

async function own() {
  if (!('BarcodeDetector' in globalThis)) return null;
  const known = await BarcodeDetector.getSupportedFormats();
  if (!FORMATS.own.every((format) => known.includes(format))) return null;
  const detector = new BarcodeDetector({ formats: FORMATS.own });
  return async (video) => (await detector.detect(video))[0]?.rawValue;
}

/** The reader's code and module lie beside this file. Without a place named it would ask a stranger for the module. */
async function ours() {
  const { prepareZXingModule, readBarcodes } = await import('./zxing/reader/index.js');
  await prepareZXingModule({
    overrides: { locateFile: (name) => new URL(`./zxing/${name}`, import.meta.url).href },
    fireImmediately: true,
  });
  const canvas = new OffscreenCanvas(1, 1);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  return async (video) => {
    Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
    pen.drawImage(video, 0, 0);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(picture, { formats: FORMATS.module, maxNumberOfSymbols: 1 });
    return found.find((one) => one.isValid)?.text;
  };
}

/** Opens the camera and gives what it read first; nothing if the person closed it. */
export async function scanned() {
  const video = make('video', { playsinline: true, muted: true, 'aria-label': t('camera.picture') });
  const says = make('p', { role: 'status' }, t('camera.opening'));
  const close = make('button', { type: 'button', class: 'second', on: { click: () => dialog.close() } }, t('camera.close'));
  const dialog = make('dialog', { 'aria-labelledby': 'camera-title', class: 'camera' }, make('h2', { id: 'camera-title' }, t('camera.title')), video, says, close);
  document.body.append(dialog);
  dialog.showModal();
  let isOpen = true;
  const closed = new Promise((done) => { dialog.addEventListener('close', () => { isOpen = false; done(); }); });
  let end = () => {};
  try {
    end = await begin(video);
    const read = (await own()) ?? (await ours());
    says.textContent = t('camera.looking');
    while (isOpen) {
      const text = video.videoWidth > 0 ? await read(video) : undefined;
      if (text) return text;
      await new Promise((done) => { setTimeout(done, PACE); });
    }
  } catch (error) {
    says.textContent = t(error?.name === 'NotAllowedError' ? 'camera.refused' : 'camera.none');
    await closed;
  } finally {
    end();
    dialog.close();
    dialog.remove();
  }
  return undefined;
}
