// What a camera sees: a code drawn by our own rules, as the frames of a film that Chromium takes for its camera.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { qr } = createRequire(import.meta.url)("../../target/npm/check/node/check.js");

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES = 10;

/** ISO/IEC 15417, widths of bars and spaces by value; 105 begins code set C, 106 ends. */
const CODE_128 = (
  "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 " +
  "223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 " +
  "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 " +
  "311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 " +
  "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 " +
  "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
).split(" ");

/** A grey picture, white at first. */
function paper() {
  const grey = new Uint8Array(WIDTH * HEIGHT).fill(235);
  const black = (x, y, width, height) => {
    for (let row = y; row < y + height; row += 1) grey.fill(16, row * WIDTH + x, row * WIDTH + x + width);
  };
  return { grey, black };
}

/** A card's number as it is printed on its pack: digits two by two. */
export function bars(digits) {
  if (digits.length % 2) throw new Error("code set C takes an even number of digits");
  const values = [105, ...digits.match(/../g).map(Number)];
  const check = values.reduce((sum, value, at) => sum + value * Math.max(at, 1), 0) % 103;
  const { grey, black } = paper();
  let x = 120;
  for (const widths of [...values, check, 106].map((value) => CODE_128[value])) {
    [...widths].forEach((width, at) => {
      if (at % 2 === 0) black(x, 200, width * 5, 300);
      x += width * 5;
    });
  }
  return grey;
}

/** A customer's code as their own page shows it. */
export function square(text) {
  const drawn = qr(text);
  const side = Number.parseInt(drawn, 10);
  const { grey, black } = paper();
  const module = Math.floor(HEIGHT / (side + 2));
  for (const [, x, y, width] of drawn.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    black(200 + Number(x) * module, module + Number(y) * module, Number(width) * module, module);
  }
  return grey;
}

/** A film of one picture. */
export function film(path, grey) {
  const colourless = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), grey, colourless]);
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...Array(FRAMES).fill(frame)]));
  return path;
}
