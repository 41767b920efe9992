// The messages of netp (docs/FORMATS.md), for docs/net.mjs and for the gateway's Run page, which gets a copy: nothing here
// is node's alone.
export const TYPE = { HELLO: 0, INCOMING: 1, OPEN: 2, OPENED: 3, DATA: 4, CREDIT: 5, END: 6, RESET: 7, RESOLVE: 8, ADDRESSES: 9, EXIT: 10, ASK: 11, RECORDS: 12 };
export const REASON = { REFUSED: 1, UNREACHABLE: 2, DENIED: 3, TIMED_OUT: 4, LIMIT: 5, BROKEN: 6 };
export const TYPES = Object.keys(TYPE);
export const OUT = 0x80000000;
export const MOST_CREDIT = 0x7fffffff;
export const FEATURE_RECORDS = 1;
const WITH_CODE = [TYPE.RESET, TYPE.RESOLVE, TYPE.ADDRESSES, TYPE.RECORDS];
const HEADER = 8;

/** The other side broke netp's rules; the message says how. */
export class BrokenRule extends Error {}

function view(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function encode(stream, type, code = 0, payload = new Uint8Array(0)) {
  const message = new Uint8Array(HEADER + payload.length);
  view(message).setUint32(0, stream, true);
  view(message).setUint16(4, payload.length, true);
  message[6] = type;
  message[7] = code;
  message.set(payload, HEADER);
  return message;
}

/** A `u32`, as payloads have it. */
export function number(value) {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value, true);
  return bytes;
}

export function hello(credit, features = 0) {
  return encode(0, TYPE.HELLO, 0, new Uint8Array([...new TextEncoder().encode('O2WN'), 1, 0, 0, 0, ...number(credit), ...number(features)]));
}

/** The credit that an engine's first message gives each stream. */
export function creditOf({ stream, type, payload }) {
  const good = stream === 0 && type === TYPE.HELLO && payload.length === 16 && new TextDecoder('latin1').decode(payload.subarray(0, 4)) === 'O2WN';
  if (!good || view(payload).getUint16(4, true) !== 1 || view(payload).getUint32(8, true) > MOST_CREDIT) {
    throw new BrokenRule('found no HELLO of version 1 as the first message');
  }
  return view(payload).getUint32(8, true);
}

/** The `u32` that is all of a message's payload. */
export function numberOf({ type, payload }) {
  if (payload.length !== 4) throw new BrokenRule(`found ${TYPES[type]} of ${payload.length} bytes, expected 4`);
  return view(payload).getUint32(0, true);
}

function joined(first, second) {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** Cuts bytes into messages; keeps the beginning of one at most. A payload is a part of what was given. */
export class Messages {
  #rest = new Uint8Array(0);

  take(bytes, receive) {
    let all = this.#rest.length ? joined(this.#rest, bytes) : bytes;
    for (;;) {
      if (all.length < HEADER) break;
      const header = view(all);
      const end = HEADER + header.getUint16(4, true);
      if (all.length < end) break;
      const message = { stream: header.getUint32(0, true), type: all[6], code: all[7], payload: all.subarray(HEADER, end) };
      all = all.subarray(end);
      if (message.code !== 0 && !WITH_CODE.includes(message.type)) throw new BrokenRule(`found type ${message.type} with code ${message.code}, expected code 0`);
      if (message.type < TYPES.length) receive(message);
    }
    this.#rest = new Uint8Array(all); // a copy, which a Buffer's slice is not: a part would keep the whole chunk
  }
}
