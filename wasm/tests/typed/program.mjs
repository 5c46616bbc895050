// How a program for node uses both packages. Only its types are checked, by scripts/wasm.sh test.

import { check_email, check_iccid, check_imei, check_imsi, check_message_code } from "@simrecall/check";
import { Register } from "@simrecall/matcher";

/** @type {((text: string) => string)[]} */
export const checks = [check_email, check_iccid, check_imei, check_imsi, check_message_code];

/** @type {(json: string) => number} */
export const size = (json) => new Register(json).size;
