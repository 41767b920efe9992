// The owner of a bundle's sockets: `node docs/run.mjs -p 8080:80 app.wasm` comes here. A second node runs the bundle and
// speaks netp (docs/FORMATS.md) over its standard streams; docs/NETWORK.md tells what may be reached.
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { Resolver, lookup } from 'node:dns/promises';
import net from 'node:net';
import { isAsked, recordsOf } from './dns.mjs';
import { exposedPorts } from './expose.mjs';
import { LOOPBACK, Rules, parseAddress, parsePublished, unmapped } from './net_rules.mjs';
import { BrokenRule, FEATURE_RECORDS, MOST_CREDIT, Messages, OUT, REASON, TYPE, TYPES, creditOf, encode, hello, number, numberOf } from './netp.mjs';

export { Messages, REASON, TYPE, encode, hello } from './netp.mjs';

// How the first message begins: HELLO on stream 0, with 16 bytes.
const FIRST_BYTES = [0, 0, 0, 0, 16, 0, 0, 0];
const LIMITS = { streams: 1024, flows: 512, resolves: 32, credit: 65536 };
const PIECE = 32768;
// So much may wait for the engine before sockets are no longer read; beyond the second it asks and reads no answers.
const HIGH = 1 << 20;
const OVERFULL = 8 << 20;
const FAREWELL_SECONDS = 5;
// Of one flow.
const QUEUED_DATAGRAMS = 64;

/**
 * The peer of an engine. `toEngine` is written, `receive(bytes)` gets what the engine says; `console` has stdin, stdout
 * and stderr; `ports` come from `takePorts`.
 */
export class Peer {
  exitCode = null;
  broken = null;
  #toEngine;
  #console;
  #ports;
  #rules;
  #lookup;
  #records;
  #limits;
  #broke;
  #messages = new Messages();
  #streams = new Map();
  #credit = null;
  #next = 4;
  #seen = 0;
  #sockets = new Set();
  #flows = 0;
  #resolves = 0;
  #lines = [];
  #paused = false;

  constructor({ toEngine, console, ports, rules, lookup = resolverOf([]), records = null, broke = () => {}, limits = LIMITS }) {
    this.#lookup = lookup;
    this.#records = records;
    this.#toEngine = toEngine;
    this.#console = console;
    this.#ports = ports;
    this.#rules = rules;
    this.#limits = limits;
    this.#broke = broke;
    toEngine.on('error', () => {}); // the engine has gone: its end tells it
    toEngine.on('drain', () => this.#resume());
    this.#send(hello(limits.credit, records ? FEATURE_RECORDS : 0));
  }

  receive(bytes) {
    if (this.broken !== null) return;
    try {
      // What is no engine may never end its first message.
      for (let i = 0; this.#seen < FIRST_BYTES.length && i < bytes.length; i++) {
        if (bytes[i] !== FIRST_BYTES[this.#seen++]) throw new BrokenRule('its first bytes are no HELLO; is it a bundle?');
      }
      this.#messages.take(bytes, (message) => this.#take({ ...message, payload: Buffer.from(message.payload.buffer, message.payload.byteOffset, message.payload.length) }));
      if (this.#toEngine.writableLength > OVERFULL) throw new BrokenRule('it asks, but reads no answers');
    } catch (error) {
      if (!(error instanceof BrokenRule)) throw error;
      this.broken = error.message;
      this.close();
      this.#broke();
    }
  }

  /** Sends a control line. */
  say(line) {
    if (this.#credit === null) this.#lines.push(line);
    else this.#streams.get(4)?.say(Buffer.from(`${line}\n`));
  }

  /** Waits until the guest's last bytes have left: those for sockets only for a while. */
  async drained() {
    const waits = ({ destroyed, writableLength }) => !destroyed && writableLength > 0;
    const until = seconds() + FAREWELL_SECONDS;
    const { stdout, stderr } = this.#console;
    while ((seconds() < until && [...this.#sockets].some(waits)) || [stdout, stderr].some(waits)) {
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
  }

  /** The connection is over. */
  close() {
    for (const { socket } of this.#ports.splice(0)) socket.close();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #send(message) {
    this.#toEngine.write(message);
  }

  #reset(stream, reason) {
    this.#send(encode(stream, TYPE.RESET, reason));
  }

  #isFull() {
    if (this.#toEngine.writableLength > HIGH) this.#paused = true;
    return this.#paused;
  }

  #resume() {
    if (!this.#paused) return;
    this.#paused = false;
    for (const stream of this.#streams.values()) stream.pump?.();
  }

  #take(message) {
    const { stream, type, payload } = message;
    if (this.#credit === null) return this.#begin(message);
    if (this.exitCode !== null) throw new BrokenRule(`found ${TYPES[type]} after EXIT`);
    if (type === TYPE.OPEN) return this.#open(message);
    if (type === TYPE.RESOLVE) return this.#resolve(message);
    if (type === TYPE.ASK && this.#records) return this.#ask(message);
    if (type === TYPE.EXIT) {
      this.exitCode = numberOf(message) & 255;
      return undefined;
    }
    if ([TYPE.HELLO, TYPE.INCOMING, TYPE.ADDRESSES, TYPE.ASK, TYPE.RECORDS].includes(type)) throw new BrokenRule(`found ${TYPES[type]} of an engine`);
    const found = this.#streams.get(stream);
    if (!found) return undefined;
    const act = { [TYPE.OPENED]: 'opened', [TYPE.DATA]: 'data', [TYPE.CREDIT]: 'credit', [TYPE.END]: 'end', [TYPE.RESET]: 'reset' }[type];
    if (!found[act]) throw new BrokenRule(`found ${TYPES[type]} for stream ${stream}, where netp has no place for it`);
    return found[act](type === TYPE.CREDIT ? numberOf(message) : payload);
  }

  #begin(message) {
    this.#credit = creditOf(message);
    this.#streams.set(1, this.#input(1, this.#console.stdin));
    this.#streams.set(2, this.#output(2, this.#console.stdout));
    this.#streams.set(3, this.#output(3, this.#console.stderr));
    this.#streams.set(4, this.#control(4));
    for (const line of this.#lines.splice(0)) this.say(line);
    for (const port of this.#ports) this.#serve(port);
  }

  // Reads `socket` as far as the engine takes it; gives what a stream needs for it.
  #reading(id, socket, whenEnded) {
    let credit = this.#credit;
    let ended = false;
    const pump = () => {
      while (!ended && credit > 0 && !this.#isFull() && socket.readableLength > 0) {
        const bytes = socket.read(Math.min(credit, PIECE, socket.readableLength));
        if (bytes === null) break;
        credit -= bytes.length;
        this.#send(encode(id, TYPE.DATA, 0, bytes));
      }
      // An end is told only to who asks for more.
      if (!ended && socket.readableLength === 0) socket.read(0);
    };
    socket.on('readable', pump);
    socket.on('end', () => {
      ended = true;
      this.#send(encode(id, TYPE.END));
      whenEnded();
    });
    return {
      pump,
      credit: (count) => {
        if (credit + count > MOST_CREDIT) throw new BrokenRule(`found credit ${credit + count}, expected at most 2^31 - 1`);
        credit += count;
        pump();
      },
    };
  }

  // Writes what the engine sends to `socket`, and gives it credit for what has left.
  #writing(id, socket, isOver = () => false) {
    let leave = this.#limits.credit;
    let owed = 0;
    return (payload) => {
      if (payload.length > leave) throw new BrokenRule(`found ${payload.length} bytes for stream ${id}, expected at most its credit of ${leave}`);
      leave -= payload.length;
      // A copy: the payload is a part of a chunk that would be kept with it.
      socket.write(Buffer.from(payload), (error) => {
        if (error || isOver()) return;
        owed += payload.length;
        if (owed < this.#limits.credit / 4) return;
        leave += owed;
        this.#send(encode(id, TYPE.CREDIT, 0, number(owed)));
        owed = 0;
      });
    };
  }

  #input(id, stdin) {
    const { pump, credit } = this.#reading(id, stdin, () => {});
    stdin.on('error', () => {});
    return { pump, credit, reset() {}, close: () => stdin.destroy() };
  }

  #output(id, stdout) {
    let over = false;
    const data = this.#writing(id, stdout);
    stdout.on('error', () => {
      if (!over) this.#reset(id, REASON.BROKEN);
      over = true;
    });
    return { data: (bytes) => over || data(bytes), end() {}, reset() {}, close() {} };
  }

  #control(id) {
    let credit = this.#credit;
    let waiting = Buffer.alloc(0);
    const flush = () => {
      const bytes = waiting.subarray(0, Math.min(credit, waiting.length));
      if (bytes.length === 0) return;
      this.#send(encode(id, TYPE.DATA, 0, bytes));
      credit -= bytes.length;
      waiting = waiting.subarray(bytes.length);
    };
    return {
      say: (line) => {
        if (waiting.length + line.length > 65536) return;
        waiting = Buffer.concat([waiting, line]);
        flush();
      },
      credit: (count) => {
        if (credit + count > MOST_CREDIT) throw new BrokenRule(`found credit ${credit + count}, expected at most 2^31 - 1`);
        credit += count;
        flush();
      },
      reset() {},
      close() {},
    };
  }

  #nextId() {
    do this.#next = this.#next === MOST_CREDIT ? 5 : this.#next + 1; while (this.#streams.has(this.#next));
    return this.#next;
  }

  #serve({ socket, guest, udp }) {
    if (udp) return this.#serveDatagrams(socket, guest);
    socket.on('connection', (client) => {
      if (this.#sockets.size >= this.#limits.streams) return client.resetAndDestroy();
      const id = this.#nextId();
      this.#announce(id, 1, guest, client.remoteAddress, client.remotePort);
      return this.#tcp(id, client, false);
    });
    socket.begun = true;
    for (const client of socket.early.splice(0)) if (!client.destroyed) socket.emit('connection', client);
    return undefined;
  }

  #announce(id, kind, guest, address, port) {
    const bytes = parseAddress((address ?? LOOPBACK).replace(/%.*/, ''));
    this.#send(encode(id, TYPE.INCOMING, 0, Buffer.from([kind, bytes.length === 4 ? 4 : 6, guest & 255, guest >> 8, ...bytes, port & 255, port >> 8])));
  }

  #tcp(id, socket, connecting) {
    const incoming = id < OUT;
    const state = { opened: false, ended: false, closed: false };
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    const over = () => this.#streams.delete(id);
    const both = () => state.ended && socket.readableEnded && over();
    socket.on('error', (error) => {
      if (this.#streams.get(id) === stream) {
        this.#reset(id, connecting && !state.opened ? reasonOf(error) : REASON.BROKEN);
        over();
      }
    });
    const { pump, credit } = this.#reading(id, socket, both);
    const write = this.#writing(id, socket, () => state.ended);
    const need = (type, met) => {
      if (!met) throw new BrokenRule(`found ${TYPES[type]} for stream ${id}, where netp has no place for it`);
    };
    const stream = {
      pump,
      credit,
      opened: () => {
        need(TYPE.OPENED, incoming && !state.opened);
        state.opened = true;
      },
      data: (bytes) => {
        need(TYPE.DATA, state.opened && !state.ended && bytes.length > 0);
        write(bytes);
      },
      end: () => {
        need(TYPE.END, state.opened && !state.ended);
        state.ended = true;
        socket.end();
        both();
      },
      reset: () => {
        over();
        if (socket.connecting) socket.destroy();
        else socket.resetAndDestroy();
      },
      close: () => (state.ended ? socket.end() : socket.destroy()),
    };
    if (connecting) {
      socket.on('connect', () => {
        state.opened = true;
        if (this.#streams.get(id) === stream) this.#send(encode(id, TYPE.OPENED));
      });
    }
    this.#streams.set(id, stream);
  }

  #open({ stream: id, payload }) {
    const [kind, family] = payload;
    const size = { 4: 4, 6: 16 }[family];
    if (id < OUT || this.#streams.has(id) || (kind !== 1 && kind !== 2) || payload.length !== 4 + size) throw new BrokenRule(`found an OPEN of stream ${id} that is none`);
    const target = this.#rules.target(unmapped([...payload.subarray(4)]), payload.readUInt16LE(2), seconds());
    if (!target) this.#reset(id, REASON.DENIED);
    else if (kind === 1 ? this.#sockets.size >= this.#limits.streams : this.#flows >= this.#limits.flows) this.#reset(id, REASON.LIMIT);
    else if (kind === 1) this.#tcp(id, net.connect({ ...target, allowHalfOpen: true }), true);
    else this.#flow(id, target, size === 16 && net.isIPv6(target.host) ? 'udp6' : 'udp4');
  }

  #flow(id, { host, port }, type) {
    const socket = dgram.createSocket(type);
    const early = [];
    let ready = false;
    this.#flows++;
    socket.on('close', () => this.#flows--);
    const drop = () => {
      this.#streams.delete(id);
      try { socket.close(); } catch { /* it is closed */ }
    };
    socket.on('error', () => {
      if (this.#streams.has(id)) this.#reset(id, ready ? REASON.REFUSED : REASON.UNREACHABLE);
      drop();
    });
    socket.on('message', (bytes) => this.#isFull() || bytes.length > 65535 || this.#send(encode(id, TYPE.DATA, 0, bytes)));
    socket.connect(port, host, () => {
      ready = true;
      for (const bytes of early.splice(0)) send(bytes);
    });
    const send = datagrams((bytes, sent) => socket.send(bytes, sent));
    const data = (bytes) => (ready ? send(bytes) : early.length < QUEUED_DATAGRAMS && early.push(Buffer.from(bytes)));
    this.#streams.set(id, { data, end: drop, reset: drop, close: drop });
  }

  #serveDatagrams(socket, guest) {
    const clients = new Map();
    socket.on('message', (bytes, { address, port }) => {
      if (this.#isFull()) return;
      const client = `${address} ${port}`;
      if (!clients.has(client)) {
        if (this.#flows >= this.#limits.flows) return;
        const id = this.#nextId();
        this.#flows++;
        clients.set(client, id);
        this.#announce(id, 2, guest, address, port);
        const drop = () => {
          clients.delete(client);
          this.#flows--;
          this.#streams.delete(id);
        };
        const data = datagrams((answer, sent) => socket.send(answer, port, address, sent));
        this.#streams.set(id, { data, end: drop, reset: drop, close() {} });
      }
      this.#send(encode(clients.get(client), TYPE.DATA, 0, bytes));
    });
  }

  #resolve({ stream: id, code: family, payload }) {
    if (id < OUT || (family !== 4 && family !== 6)) throw new BrokenRule(`found RESOLVE of stream ${id} and family ${family}`);
    const name = payload.toString('latin1');
    const answer = (rcode, addresses) => {
      const bytes = addresses.map(parseAddress).filter((each) => each.length === (family === 4 ? 4 : 16)).slice(0, 64);
      this.#send(encode(id, TYPE.ADDRESSES, rcode, Buffer.from(bytes.flat())));
    };
    if (this.#rules.pinned(name).length) return answer(0, this.#rules.pinned(name));
    if (!this.#rules.mayResolve(name)) return answer(3, []);
    if (this.#resolves >= this.#limits.resolves) return answer(2, []);
    this.#resolves++;
    return this.#lookup(name)
      .then((found) => answer(0, this.#rules.give(name, found.map(parseAddress).filter(Boolean), seconds())))
      .catch((error) => answer(error.code === 'ENOTFOUND' ? 3 : 2, []))
      .finally(() => this.#resolves--);
  }

  #ask({ stream: id, payload }) {
    if (id < OUT || payload.length < 3) throw new BrokenRule(`found ASK of stream ${id} with ${payload.length} bytes`);
    const type = payload.readUInt16LE(0);
    const name = payload.toString('latin1', 2);
    const answer = (rcode, count = 0, bytes = []) => this.#send(encode(id, TYPE.RECORDS, rcode, Buffer.from([count & 255, count >> 8, ...bytes])));
    if (this.#rules.pinned(name).length || !isAsked(type)) return answer(0);
    if (!this.#rules.mayResolve(name)) return answer(3);
    if (this.#resolves >= this.#limits.resolves) return answer(2);
    this.#resolves++;
    return this.#records(name, type)
      .then(({ rcode, count, bytes }) => answer(rcode, count, bytes), () => answer(2))
      .finally(() => this.#resolves--);
  }
}

/** Gives the addresses of a name: as this machine finds them, or as `servers` say. */
export function resolverOf(servers) {
  if (servers.length === 0) return async (name) => (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: 2000, tries: 3 });
  resolver.setServers(servers);
  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const failed = answers.find(({ reason }) => reason && reason.code !== 'ENODATA');
    const found = answers.flatMap(({ value = [] }) => value);
    if (failed && found.length === 0) throw failed.reason;
    return found;
  };
}

// Sends datagrams by `send`; what this machine has not taken yet is kept, so much of it at most.
function datagrams(send) {
  let queued = 0;
  return (bytes) => {
    if (queued >= QUEUED_DATAGRAMS) return;
    queued++;
    send(Buffer.from(bytes), () => queued--);
  };
}

// Also where this machine has no address of the family, or not the family at all.
const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'];

function reasonOf({ code }) {
  if (UNREACHABLE.includes(code)) return REASON.UNREACHABLE;
  return { ECONNREFUSED: REASON.REFUSED, ETIMEDOUT: REASON.TIMED_OUT }[code] ?? REASON.BROKEN;
}

function seconds() {
  return performance.now() / 1000;
}

/** Takes the host's ports, before the guest starts. */
export async function takePorts(published) {
  const taken = [];
  let complained = false;
  for (const port of published) {
    const ipv6 = port.bind.includes(':');
    const socket = port.udp ? dgram.createSocket(ipv6 ? 'udp6' : 'udp4') : net.createServer({ allowHalfOpen: true });
    try {
      await new Promise((resolve, reject) => {
        socket.once('error', reject);
        if (port.udp) socket.bind(port.host, port.bind, resolve);
        else socket.listen({ port: port.host, host: port.bind, backlog: 1024 }, resolve);
      });
    } catch (error) {
      for (const { socket: other } of taken) other.close();
      throw new Error(`publishing ${textOf(port, port.host)}: the host's port cannot be taken: ${error.code}; choose another one with -p`);
    }
    // Clients that cannot be accepted, for want of descriptors: those after them may be.
    socket.on('error', ({ code }) => {
      if (!port.udp && !complained) console.error(`run.mjs: a client cannot be accepted: ${code}; allow more open files with ulimit -n`);
      complained ||= !port.udp;
    });
    // Clients that come before the engine has said HELLO wait.
    if (!port.udp) {
      socket.early = [];
      socket.on('connection', (client) => {
        if (socket.begun) return;
        client.on('error', () => {});
        socket.early.push(client);
      });
    }
    taken.push({ ...port, socket, chosen: socket.address().port });
  }
  return taken;
}

function textOf({ bind, guest, udp }, host) {
  return `${bind.includes(':') ? `[${bind}]` : bind}:${host}->${guest}/${udp ? 'udp' : 'tcp'}`;
}

// The command line

const OPTIONS = {
  '-p': 'publish', '--publish': 'publish', '--network': 'network', '--allow': 'allow', '--add-host': 'addHost', '--dns': 'dns', '--dns-search': 'search', '--hostname': 'hostname',
};

const PUBLISH_ALL = ['-P', '--publish-all'];
// What EXPOSE may name: ports of the container, no address or port of this machine.
const EXPOSED = /^[0-9]+(-[0-9]+)?(\/(tcp|udp))?$/;

/** Takes the network's options from the words before the bundle; null if there are none. */
export function takeOptions(words) {
  const found = { publishAll: [], publish: [], network: [], allow: [], addHost: [], dns: [], search: [], hostname: [] };
  const others = [];
  let i = 0;
  for (; i < words.length && words[i].startsWith('-'); i++) {
    const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(words[i]) ?? [null, words[i]];
    if (PUBLISH_ALL.includes(words[i])) found.publishAll.push(true);
    else if (OPTIONS[name]) found[OPTIONS[name]].push(value ?? words[++i] ?? '');
    else others.push(words[i], ...(value === undefined ? [words[++i] ?? ''] : []));
  }
  if (Object.values(found).every((values) => values.length === 0)) return null;
  return { ...found, others, bundle: words[i], rest: words.slice(i + 1) };
}

/** Runs `script` (run.mjs) for the bundle in another node, and owns its sockets. Gives the exit code. */
export async function run(script, options) {
  const network = options.network.at(-1) ?? 'none';
  let rules;
  let ports;
  try {
    if (network !== 'none' && network !== 'bridge') throw new Error(`--network ${network}: expected none or bridge`);
    if (!options.bundle) throw new Error('found no bundle');
    for (const word of options.dns) if (!parseAddress(word)) throw new Error(`--dns ${word}: expected an address in digits`);
    rules = new Rules({ bridge: network === 'bridge', allow: options.allow, addHost: options.addHost });
    const exposed = options.publishAll.length ? (await exposedPorts(options.bundle)).filter((word) => EXPOSED.test(word)) : [];
    ports = await takePorts([...options.publish, ...exposed].flatMap(parsePublished));
  } catch (error) {
    console.error(`run.mjs: ${error.message}`);
    return 2;
  }
  for (const port of ports) if (port.host === 0) console.error(`run.mjs: published ${textOf(port, port.chosen)}`);
  const words = [
    '--net=stdio',
    ...options.addHost.map((host) => `--add-host=${host}`),
    ...options.search.map((domain) => `--dns-search=${domain}`),
    ...options.hostname.map((name) => `--hostname=${name}`),
  ];
  // A session of its own: the terminal's ctrl-C is for this process, which passes it on.
  const child = spawn(process.execPath, [...process.execArgv, script, ...options.others, options.bundle, ...words, ...options.rest], {
    stdio: ['pipe', 'pipe', 'inherit'], detached: true,
  });
  const peer = new Peer({ toEngine: child.stdin, console: process, ports, rules, lookup: resolverOf(options.dns), records: recordsOf(options.dns), broke: () => child.kill('SIGKILL') });
  let signals = 0;
  for (const [name, code] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]]) {
    process.on(name, () => {
      if (++signals >= 3) process.exit(128 + code);
      peer.say(`signal ${code}`);
    });
  }
  process.on('exit', () => child.kill('SIGKILL'));
  child.stdout.on('data', (bytes) => peer.receive(bytes));
  const code = await new Promise((resolve) => child.on('close', (exit) => resolve(exit ?? 125)));
  if (peer.broken === null) await peer.drained();
  peer.close();
  if (peer.broken !== null) {
    console.error(`run.mjs: the module broke the rules of netp and was ended: ${peer.broken}`);
    return 125;
  }
  return peer.exitCode ?? code;
}
