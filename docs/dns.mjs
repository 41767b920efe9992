// Records of names that are no addresses, from name servers (RFC 1035): for a peer of netp (docs/FORMATS.md) whose user
// named the servers. The same as module net has in Java; both are tested with the same vectors.
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';

const HEADER = 12;
const CLASS_IN = 1;
const NO_SUCH_NAME = 3;
// NS, CNAME, SOA, PTR, MX, TXT, SRV, NAPTR, DNAME, DS, SSHFP, DNSKEY, TLSA, URI, CAA. None of them holds an address.
const TYPES = [2, 5, 6, 12, 15, 16, 33, 35, 39, 43, 44, 48, 52, 256, 257];
const ALIASES = [5, 39];
const MOST_BYTES = 4096;
const MOST_ANSWER = 65535;
const PATIENCES = [1000, 2000, 4000];

/** Is this a type of record that name servers are asked for? */
export function isAsked(type) {
  return TYPES.includes(type);
}

/** A question, as a datagram. */
export function encodeQuestion(id, name, type) {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  return Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, type >> 8, type & 255, 0, CLASS_IN]);
}

// Where the name ends that begins at `at`.
function skipName(message, at) {
  for (;;) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    if (length > 63) throw new Error('found a name with a label that is none');
    at += length + 1;
    if (length === 0) return at;
  }
}

function readRecords(question, message) {
  const type = question.readUInt16BE(question.length - 4);
  const count = message.readUInt16BE(6);
  let at = question.length;
  for (let i = 0; i < count; i++) {
    at = skipName(message, at);
    const found = message.readUInt16BE(at);
    if (message.readUInt16BE(at + 2) !== CLASS_IN || (found !== type && !ALIASES.includes(found))) {
      throw new Error(`found a record of type ${found}, expected ${type}`);
    }
    at += 10 + message.readUInt16BE(at + 8);
    if (at > message.length) throw new Error('found a record that is cut');
  }
  if (at - question.length > MOST_BYTES) throw new Error(`found ${at - question.length} bytes of records, expected at most ${MOST_BYTES}`);
  return { count, bytes: message.subarray(question.length, at) };
}

/**
 * What a message says to a question: `{ rcode, count, bytes }` with the records, or `{ cut: true }` if they are to be had
 * by TCP alone. Null if it is no answer to it. Throws if it holds what was not asked for, or is no message.
 */
export function readAnswer(question, message) {
  const isAnswer = message.length >= question.length && message[0] === question[0] && message[1] === question[1] && message[2] & 0x80 &&
    message.readUInt16BE(4) === 1 &&
    message.toString('latin1', HEADER, question.length).toLowerCase() === question.toString('latin1', HEADER).toLowerCase();
  if (!isAnswer) return null;
  if (message[2] & 2) return { cut: true };
  const rcode = message[3] & 15;
  if (rcode === NO_SUCH_NAME) return { rcode, count: 0, bytes: Buffer.alloc(0) };
  if (rcode !== 0) throw new Error(`the name server has failed with code ${rcode}`);
  return { rcode, ...readRecords(question, message) };
}

// Each gives an answer, or fails; `begin` gets what to call with a message, and with a failure.
function asked(patience, begin) {
  return new Promise((resolve, reject) => {
    const end = begin((message, question) => {
      try {
        const answer = readAnswer(question, message);
        if (answer) finish(resolve, answer);
      } catch (error) {
        finish(reject, error);
      }
    }, (error) => finish(reject, error));
    const timer = setTimeout(() => finish(reject, new Error('the name server does not answer')), patience);
    function finish(settle, value) {
      clearTimeout(timer);
      end();
      settle(value);
    }
  });
}

function byDatagram({ host, port }, question, patience) {
  return asked(patience, (hear, fail) => {
    const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
    let open = true;
    socket.on('message', (bytes) => hear(bytes, question));
    socket.on('error', fail);
    // Connected: nobody else is heard.
    socket.connect(port, host, () => open && socket.send(question));
    return () => {
      if (open) socket.close();
      open = false;
    };
  });
}

function byStream({ host, port }, question, patience) {
  return asked(patience, (hear, fail) => {
    const socket = net.connect({ host, port });
    let got = Buffer.alloc(0);
    socket.on('connect', () => socket.write(Buffer.from([question.length >> 8, question.length & 255, ...question])));
    socket.on('data', (bytes) => {
      got = Buffer.concat([got, bytes]).subarray(0, 2 + MOST_ANSWER);
      if (got.length < 2 || got.length < 2 + got.readUInt16BE(0)) return;
      hear(got.subarray(2, 2 + got.readUInt16BE(0)), question);
      fail(new Error('the name server answers something else'));
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the name server has gone')));
    return () => socket.destroy();
  });
}

/** Gives records of a name and a type, as these servers know them; null without servers: nobody is asked. */
export function recordsOf(servers) {
  if (servers.length === 0) return null;
  const all = servers.map((server) => (typeof server === 'string' ? { host: server, port: 53 } : server));
  return async (name, type) => {
    let failure;
    for (const patience of PATIENCES) {
      for (const server of all) {
        const question = encodeQuestion(randomInt(65536), name, type);
        try {
          const answer = await byDatagram(server, question, patience);
          const whole = answer.cut ? await byStream(server, question, patience) : answer;
          if (!whole.cut) return whole;
          failure = new Error('the name server cuts what it says by TCP');
        } catch (error) {
          failure = error;
        }
      }
    }
    throw failure;
  };
}
