// An SMSC that shares no line with ours: the npm package `smpp`, with receipts and a log that is the truth of a test.
//
//   node smsc.mjs '{"log": PATH, "systemId": …, "password": …, "receipts": true, "delayMs": 0}'
//
// Each event is one JSON line in the log, written before the network hears of it. It ends when its stdin closes.

import { writeSync, openSync } from "node:fs";
import smpp from "smpp";

const { log, systemId, password, receipts, delayMs } = JSON.parse(process.argv[2]);
const file = openSync(log, "a");
const record = (event, fields) => writeSync(file, `${JSON.stringify({ event, ...fields })}\n`);

const listeners = new Set(); // bound sessions that may be given receipts
const waiting = []; // receipts nobody has acknowledged yet and no session is carrying
let accepted = 0;

const server = smpp.createServer((session) => {
  session.socket.setNoDelay(true);
  const carried = new Set(); // receipts on their way over this session
  const deliver = (receipt) => {
    carried.add(receipt);
    record("receipt", { id: receipt.receipted_message_id });
    session.deliver_sm(receipt, (answer) => {
      carried.delete(receipt);
      record("receipt_answer", { id: receipt.receipted_message_id, status: answer.command_status });
    });
  };
  session.deliver = deliver;

  const bind = (pdu) => {
    if (pdu.system_id !== systemId || pdu.password !== password) {
      record("bind_refused", { systemId: pdu.system_id });
      session.send(pdu.response({ command_status: smpp.ESME_RBINDFAIL }), () => session.close());
      return;
    }
    record("bind", { kind: pdu.command });
    session.send(pdu.response({ system_id: "smsc" }));
    if (pdu.command !== "bind_transmitter") {
      listeners.add(session);
      waiting.splice(0).forEach(deliver);
    }
  };
  for (const kind of ["bind_transceiver", "bind_transmitter", "bind_receiver"]) session.on(kind, bind);

  session.on("submit_sm", (pdu) => {
    const id = (++accepted).toString(16).padStart(8, "0");
    record("submit", { id, ...submitted(pdu) });
    const answer = () => {
      if (session.send(pdu.response({ message_id: id }))) record("answer", { id });
      if (receipts && pdu.registered_delivery & 1) give(receiptFor(id, pdu), session);
    };
    if (delayMs) setTimeout(answer, delayMs);
    else answer();
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response(), () => session.close()));
  session.on("error", (error) => {
    record("error", { code: error.code ?? error.message });
    session.destroy();
  });
  session.on("close", () => {
    listeners.delete(session);
    for (const receipt of carried) give(receipt);
    carried.clear();
    record("close", {});
  });
});

function give(receipt, preferred) {
  const session = listeners.has(preferred) ? preferred : listeners.values().next().value;
  if (session) session.deliver(receipt);
  else waiting.push(receipt);
}

function submitted(pdu) {
  const payload = pdu.message_payload ?? pdu.short_message;
  const body = payload?.message ?? payload;
  return {
    from: pdu.source_addr,
    to: pdu.destination_addr,
    reference: pdu.user_message_reference,
    coding: pdu.data_coding,
    header: Buffer.concat((payload?.udh ?? []).map((part) => Buffer.from(part))).toString("hex"),
    ...(Buffer.isBuffer(body) ? { bytes: body.toString("base64") } : { text: body ?? "" }),
  };
}

function receiptFor(id, pdu) {
  const now = new Date().toISOString().replace(/\D/g, "").slice(2, 12);
  const text = `id:${id} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:`;
  return {
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: text,
    receipted_message_id: id,
    message_state: smpp.MESSAGE_STATE.DELIVERED,
    ...("user_message_reference" in pdu && { user_message_reference: pdu.user_message_reference }),
  };
}

process.stdin.resume().on("end", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
