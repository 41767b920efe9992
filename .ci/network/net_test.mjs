// docs/net.mjs against the rules' vectors and a scripted engine: node --test .ci/network/net_test.mjs
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { encodeQuestion, isAsked, readAnswer, recordsOf } from '../../docs/dns.mjs';
import { exposedPorts } from '../../docs/expose.mjs';
import { Messages, Peer, REASON, TYPE, encode, hello, resolverOf, takeOptions, takePorts } from '../../docs/net.mjs';
import { Rules, formatAddress, parseAddress, parsePublished, specialBlock } from '../../docs/net_rules.mjs';

const vectors = JSON.parse(readFileSync(new URL('../../net/src/test/resources/io/oci2wasm/net/rules/vectors.json', import.meta.url)));
const records = JSON.parse(readFileSync(new URL('../../net/src/test/resources/io/oci2wasm/net/peer/records.json', import.meta.url)));
const same = (text) => formatAddress(parseAddress(text));

test('addresses', () => {
  for (const { address, public: isPublic } of vectors.addresses) assert.equal(specialBlock(parseAddress(address)) === null, isPublic, address);
  for (const text of vectors.notAddresses) assert.equal(parseAddress(text) || null, null, text);
});

for (const { what, steps, ...given } of vectors.rules) {
  test(`rules: ${what}`, () => {
    const rules = new Rules(given);
    let now = 0;
    for (const step of steps) {
      const { seconds, connect, port, target, mayResolve, answer, pinned, addresses, name, answers, told } = step;
      if (seconds) now += seconds;
      else if (connect) {
        const found = rules.target(parseAddress(connect), port, now);
        const [, host, to] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(target ?? '') ?? [];
        assert.deepEqual(found, target && { host: same(host), port: Number(to) }, JSON.stringify(step));
      } else if (mayResolve !== undefined) assert.equal(rules.mayResolve(mayResolve), answer, mayResolve);
      else if (pinned) assert.deepEqual(rules.pinned(pinned), addresses.map(same));
      else assert.deepEqual(rules.give(name, answers.map(parseAddress), now), told.map(same), JSON.stringify(step));
    }
  });
}

test('what is no rule', () => {
  for (const given of vectors.wrongRules) assert.throws(() => new Rules(given), /expected/, JSON.stringify(given));
});

test('published ports', () => {
  for (const { word, ports } of vectors.publish) {
    assert.deepEqual(parsePublished(word), ports.map((port) => ({ ...port, bind: same(port.bind) })), word);
  }
  for (const word of vectors.wrongPublish) assert.throws(() => parsePublished(word), /expected/, word);
});

test('options before the bundle', () => {
  assert.equal(takeOptions(['--dir', 'a:/b', 'app.wasm', '-p', '80']), null);
  const options = takeOptions(['--dir', 'a:/b', '-p', '80', '--allow=db', 'app.wasm', '-p', 'x']);
  assert.deepEqual(options.others, ['--dir', 'a:/b']);
  assert.deepEqual([options.publish, options.allow, options.bundle, options.rest], [['80'], ['db'], 'app.wasm', ['-p', 'x']]);
});

test('all exposed ports', async (t) => {
  const options = takeOptions(['-P', '--dir', 'a:/b', 'app.wasm', '-P']);
  assert.deepEqual([options.publishAll, options.others, options.rest], [[true], ['--dir', 'a:/b'], ['-P']]);
  const folder = mkdtempSync(join(tmpdir(), 'net_test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (bytes) => {
    writeFileSync(join(folder, 'app.wasm'), Buffer.concat([Buffer.from('\0asm\x01\0\0\0'), ...bytes]));
    return exposedPorts(join(folder, 'app.wasm'));
  };
  const section = (id, bytes) => Buffer.concat([Buffer.from([id, bytes.length | 128, bytes.length >> 7]), bytes]);
  const launch = Buffer.from('oci2wasm-launch=1\0expose=80/tcp\0entrypoint=/x\0expose=53/udp\0');
  const passive = (bytes) => [1, bytes.length, ...bytes];
  const active = [0, 0x41, 0x80, 0x80, 4, 0x0b, 1, 7];
  const segments = [...active, ...Array.from({ length: 16 }, () => passive([])).flat(), ...passive(launch)];
  assert.deepEqual(await write([section(0, Buffer.from([1, 97])), section(11, Buffer.from([18, ...segments]))]), ['80/tcp', '53/udp']);
  assert.deepEqual(await write([section(11, Buffer.from([1, ...active]))]), []);
  assert.deepEqual(await write([]), []);
});

const OUT = 0x80000000;
const CREDIT = 65536;
const NOTHING = { bridge: false, allow: [], addHost: [] };

// An engine whose lines the test writes.
async function engine(given, { lookup, records: source }, ...published) {
  const toEngine = new PassThrough({ highWaterMark: 1 << 24 });
  const console = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const ports = await takePorts(published.flatMap(parsePublished));
  const peer = new Peer({ toEngine, console, ports, rules: new Rules(given), lookup, records: source, limits: { streams: 3, flows: 2, resolves: 2, credit: CREDIT } });
  const heard = [];
  const waiting = [];
  const messages = new Messages();
  toEngine.on('data', (bytes) => messages.take(bytes, (message) => {
    const copy = { ...message, payload: Buffer.from(message.payload) };
    if (waiting.length) waiting.shift()(copy);
    else heard.push(copy);
  }));
  const next = () => (heard.length ? Promise.resolve(heard.shift()) : new Promise((resolve) => { waiting.push(resolve); }));
  const self = {
    peer, console, ports, heard, next,
    say: (...message) => peer.receive(encode(...message)),
    expect: async (stream, type) => {
      const message = await next();
      assert.deepEqual([message.stream, message.type], [stream, type]);
      return message;
    },
    open: (stream, kind, address, port) => {
      const bytes = parseAddress(address);
      self.say(stream, TYPE.OPEN, 0, Buffer.from([kind, bytes.length === 4 ? 4 : 6, port & 255, port >> 8, ...bytes]));
    },
    taken: async () => {
      const { stream, type } = await next();
      assert.equal(type, TYPE.INCOMING);
      self.say(stream, TYPE.OPENED);
      return stream;
    },
  };
  const { payload } = await self.expect(0, TYPE.HELLO);
  assert.equal(payload.readUInt32LE(12), source ? 1 : 0);
  peer.receive(hello(CREDIT));
  return self;
}

const number = (value) => Buffer.from([value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]);
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function server(t, onConnection = () => {}) {
  const listening = net.createServer({ allowHalfOpen: true }, (socket) => onConnection(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => listening.close());
  return listening.address().port;
}

async function client(t, { ports: [{ chosen }] }) {
  const socket = net.connect({ port: chosen, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function guest(t, given, ...published) {
  const made = await engine(given, {}, ...published);
  t.after(() => made.peer.close());
  return made;
}

test('a client, its bytes and both ends', async (t) => {
  const guestSide = await guest(t, NOTHING, '80');
  const socket = await client(t, guestSide);
  const stream = await guestSide.taken();
  socket.end('question');
  assert.equal(String((await guestSide.expect(stream, TYPE.DATA)).payload), 'question');
  await guestSide.expect(stream, TYPE.END);
  guestSide.say(stream, TYPE.DATA, 0, Buffer.from('answer'));
  guestSide.say(stream, TYPE.END);
  assert.equal(String(Buffer.concat(await socket.toArray())), 'answer');
});

test("the guest's end before the client's", async (t) => {
  const guestSide = await guest(t, NOTHING, '80');
  const socket = await client(t, guestSide);
  const stream = await guestSide.taken();
  guestSide.say(stream, TYPE.END);
  socket.resume();
  await once(socket, 'end');
  socket.end('late');
  assert.equal(String((await guestSide.expect(stream, TYPE.DATA)).payload), 'late');
  await guestSide.expect(stream, TYPE.END);
});

test('resets, both ways', async (t) => {
  const guestSide = await guest(t, NOTHING, '80');
  const first = await client(t, guestSide);
  guestSide.say(await guestSide.taken(), TYPE.RESET, REASON.REFUSED);
  const [error] = await once(first, 'error');
  assert.equal(error.code, 'ECONNRESET');
  const second = await client(t, guestSide);
  const stream = await guestSide.taken();
  second.resetAndDestroy();
  assert.equal((await guestSide.expect(stream, TYPE.RESET)).code, REASON.BROKEN);
});

test('no more than its credit', async (t) => {
  const guestSide = await guest(t, NOTHING, '80');
  const socket = await client(t, guestSide);
  const stream = await guestSide.taken();
  socket.end(Buffer.alloc(2 * CREDIT));
  await pause(300);
  const sum = () => guestSide.heard.splice(0).reduce((all, { payload }) => all + payload.length, 0);
  assert.equal(sum(), CREDIT);
  guestSide.say(stream, TYPE.CREDIT, 0, number(10));
  await pause(100);
  assert.equal(sum(), 10);
});

test('a slow reader keeps its credit, and stalls nobody', async (t) => {
  const guestSide = await guest(t, NOTHING, '80');
  const slow = await client(t, guestSide);
  slow.pause();
  const stream = await guestSide.taken();
  const piece = Buffer.alloc(16384);
  let leave = CREDIT;
  let sent = 0;
  while (leave >= piece.length) {
    guestSide.say(stream, TYPE.DATA, 0, piece);
    leave -= piece.length;
    sent += piece.length;
    await pause(leave >= piece.length ? 1 : 300);
    for (const { payload } of guestSide.heard.splice(0)) leave += payload.readUInt32LE(0);
  }
  assert.ok(sent < 32 << 20, `${sent} bytes`);
  const other = await client(t, guestSide);
  guestSide.say(await guestSide.taken(), TYPE.DATA, 0, Buffer.from('hello'));
  assert.equal(String((await once(other, 'data'))[0]), 'hello');
  guestSide.say(stream, TYPE.DATA, 0, Buffer.alloc(65535));
  assert.match(guestSide.peer.broken, /expected at most its credit/);
});

test('connections out: allowed, denied, refused, too many', async (t) => {
  const port = await server(t, (socket) => socket.end('OK'));
  const guestSide = await guest(t, { ...NOTHING, allow: [`127.0.0.1:${port}`, '127.0.0.1:1', `host-gateway:${port}`] });
  guestSide.open(OUT, 1, '127.0.0.1', port);
  await guestSide.expect(OUT, TYPE.OPENED);
  assert.equal(String((await guestSide.expect(OUT, TYPE.DATA)).payload), 'OK');
  await guestSide.expect(OUT, TYPE.END);
  for (const address of ['127.0.0.2', '::1', '::ffff:127.0.0.2', '8.8.8.8']) {
    guestSide.open(OUT + 1, 1, address, port);
    assert.equal((await guestSide.expect(OUT + 1, TYPE.RESET)).code, REASON.DENIED, address);
  }
  guestSide.open(OUT + 2, 1, '127.0.0.1', 1);
  assert.equal((await guestSide.expect(OUT + 2, TYPE.RESET)).code, REASON.REFUSED);
  guestSide.open(OUT + 3, 1, '10.0.2.2', port);
  await guestSide.expect(OUT + 3, TYPE.OPENED);
  guestSide.open(OUT + 4, 1, '127.0.0.1', port);
  guestSide.open(OUT + 5, 1, '127.0.0.1', port);
  let last = await guestSide.next();
  while (last.stream !== OUT + 5) last = await guestSide.next();
  assert.deepEqual([last.type, last.code], [TYPE.RESET, REASON.LIMIT]);
});

test('datagrams, in and out', async (t) => {
  const guestSide = await guest(t, NOTHING, '53/udp');
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  socket.send('one', guestSide.ports[0].chosen, '127.0.0.1');
  const { stream, type, payload } = await guestSide.next();
  assert.deepEqual([type, ...payload.subarray(0, 8)], [TYPE.INCOMING, 2, 4, 53, 0, 127, 0, 0, 1]);
  assert.equal(String((await guestSide.expect(stream, TYPE.DATA)).payload), 'one');
  guestSide.say(stream, TYPE.DATA, 0, Buffer.from('two'));
  assert.equal(String((await once(socket, 'message'))[0]), 'two');

  const { port } = socket.address();
  const other = await guest(t, { ...NOTHING, allow: [`127.0.0.1:${port}`] });
  other.open(OUT, 2, '127.0.0.1', port);
  other.say(OUT, TYPE.DATA, 0, Buffer.from('question'));
  const [question, from] = await once(socket, 'message');
  assert.equal(String(question), 'question');
  socket.send('answer', from.port, from.address);
  assert.equal(String((await other.expect(OUT, TYPE.DATA)).payload), 'answer');
});

test('datagrams beyond those that may wait are lost', async (t) => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => socket.close());
  await once(socket, 'listening');
  let got = 0;
  socket.on('message', () => got++);
  const { port } = socket.address();
  const guestSide = await guest(t, { ...NOTHING, allow: [`127.0.0.1:${port}`] });
  const sendAll = () => { for (let i = 0; i < 200; i++) guestSide.say(OUT, TYPE.DATA, 0, Buffer.from('x')); };
  guestSide.open(OUT, 2, '127.0.0.1', port);
  sendAll();
  await pause(300);
  assert.equal(got, 64);
  sendAll();
  await pause(300);
  assert.equal(got, 128);
});

test('names: pinned, forbidden, without an address that may be reached', async (t) => {
  const guestSide = await guest(t, { bridge: false, allow: ['localhost'], addHost: ['db:10.1.2.3'] });
  for (const [name, rcode, bytes] of [['db', 0, [10, 1, 2, 3]], ['other.example', 3, []], ['localhost', 0, []]]) {
    guestSide.say(OUT, TYPE.RESOLVE, 4, Buffer.from(name));
    const { code, payload } = await guestSide.expect(OUT, TYPE.ADDRESSES);
    assert.deepEqual([code, [...payload]], [rcode, bytes], name);
  }
});

test("another name server than the machine's", async (t) => {
  const server = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  server.on('message', (bytes, { port, address }) => {
    const name = bytes.toString('latin1');
    const end = bytes.indexOf(0, 12) + 5;
    const v6 = bytes[end - 3] === 28;
    const answer = Buffer.concat([bytes.subarray(0, end), Buffer.from([0xc0, 12, 0, v6 ? 28 : 1, 0, 1, 0, 0, 0, 9, 0, v6 ? 16 : 4, 9, ...new Array(v6 ? 15 : 3).fill(0)])]);
    answer.fill(0, 6, 12);
    answer[2] = 0x81;
    answer[3] = 0x80;
    if (name.includes('www')) answer[7] = 1;
    else if (!name.includes('empty')) answer[3] |= name.includes('secret') ? 5 : 3;
    server.send(answer[7] ? answer : answer.subarray(0, end), port, address);
  });
  const guestSide = await engine({ ...NOTHING, bridge: true }, { lookup: resolverOf([`127.0.0.1:${server.address().port}`]) });
  t.after(() => guestSide.peer.close());
  for (const [name, family, rcode, bytes] of [['www.example', 4, 0, [9, 0, 0, 0]], ['empty.example', 4, 0, []], ['none.example', 6, 3, []], ['secret.example', 4, 2, []]]) {
    guestSide.say(OUT, TYPE.RESOLVE, family, Buffer.from(name));
    const { code, payload } = await guestSide.expect(OUT, TYPE.ADDRESSES);
    assert.deepEqual([code, [...payload]], [rcode, bytes], name);
  }
});

test('questions to name servers, and what they say', () => {
  for (const type of records.asked) assert.equal(isAsked(type), true, String(type));
  for (const type of records.notAsked) assert.equal(isAsked(type), false, String(type));
  for (const { id, name, type, bytes } of records.questions) assert.equal(encodeQuestion(id, name, type).toString('hex'), bytes, name);
  for (const { what, question, message, says } of records.answers) {
    const read = () => readAnswer(Buffer.from(question, 'hex'), Buffer.from(message, 'hex'));
    if (says === 'wrong') {
      assert.throws(read, what);
      continue;
    }
    const found = read();
    if (says === 'other') assert.equal(found, null, what);
    else if (says === 'cut') assert.deepEqual(found, { cut: true }, what);
    else assert.deepEqual({ ...found, bytes: found.bytes.toString('hex') }, { rcode: says.rcode, count: says.count, bytes: says.records }, what);
  }
});

// A name server by UDP and TCP; `answer` gives messages for a question, and by TCP one.
async function nameServer(t, answer) {
  const datagrams = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => datagrams.close());
  await once(datagrams, 'listening');
  const { port } = datagrams.address();
  datagrams.on('message', (question, from) => {
    for (const message of answer(question, false)) datagrams.send(message, from.port, from.address);
  });
  const streams = net.createServer((socket) => socket.on('error', () => {}).on('data', (bytes) => {
    for (const message of answer(bytes.subarray(2), true)) {
      const length = Buffer.from([message.length >> 8, message.length & 255]);
      socket.write(Buffer.concat([length, message.subarray(0, 20)]));
      setTimeout(() => socket.end(message.subarray(20)), 5);
    }
  })).listen(port, '127.0.0.1');
  await once(streams, 'listening');
  t.after(() => streams.close());
  return { host: '127.0.0.1', port };
}

const textRecord = (length) => Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, length >> 8, length & 255, ...new Array(length).fill(1)]);

test('records: asked for, by TCP where they are long, forbidden, of no server', async (t) => {
  const asked = [];
  const server = await nameServer(t, (question, byStream) => {
    const name = question.toString('latin1', 13, question.length - 5).replace(/[^a-z]+/g, '.');
    const answer = (flags, parts = []) => {
      const message = Buffer.concat([question, ...parts]);
      message.set([0x81 | flags >> 8, 0x80 | flags & 255, 0, 1, 0, parts.length], 2);
      return message;
    };
    asked.push(`${name}${byStream ? ' by TCP' : ''}`);
    if (name === 'long.example' && !byStream) return [answer(0x200)];
    if (name === 'long.example') return [answer(0, [textRecord(1000), textRecord(2000)])];
    // Somebody else's answer first, and one to another question.
    const other = answer(0, [textRecord(9)]);
    other[0] ^= 1;
    if (name === 'short.example') return [other, answer(0, [textRecord(2)])];
    if (name === 'inside.example') return [answer(0, [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1])])];
    return [answer(3)];
  });
  const source = recordsOf([server]);
  const guestSide = await engine({ ...NOTHING, allow: ['long.example', 'short.example', 'none.example', 'inside.example', 'db'], addHost: ['db:10.1.2.3'] }, { records: source });
  t.after(() => guestSide.peer.close());
  for (const [name, type, rcode, count, length] of [
    ['short.example', 16, 0, 1, 14], ['long.example', 16, 0, 2, 3024], ['none.example', 15, 3, 0, 0], ['db', 16, 0, 0, 0],
    ['other.example', 16, 3, 0, 0], ['short.example', 255, 0, 0, 0], ['short.example', 1, 0, 0, 0], ['inside.example', 15, 2, 0, 0],
  ]) {
    guestSide.say(OUT, TYPE.ASK, 0, Buffer.concat([Buffer.from([type & 255, type >> 8]), Buffer.from(name)]));
    const { code, payload } = await guestSide.expect(OUT, TYPE.RECORDS);
    assert.deepEqual([code, payload.readUInt16LE(0), payload.length - 2], [rcode, count, length], name);
  }
  assert.deepEqual([...new Set(asked)], ['short.example', 'long.example', 'long.example by TCP', 'none.example', 'inside.example']);
  // No more at once than limits say.
  for (let i = 0; i < 3; i++) guestSide.say(OUT + i, TYPE.ASK, 0, Buffer.from('\x10\0short.example', 'latin1'));
  assert.deepEqual([(await guestSide.expect(OUT + 2, TYPE.RECORDS)).code, recordsOf([])], [2, null]);
});

test('console, control lines, exit code', async (t) => {
  const guestSide = await guest(t, NOTHING);
  guestSide.peer.say('signal 15');
  assert.equal(String((await guestSide.expect(4, TYPE.DATA)).payload), 'signal 15\n');
  guestSide.console.stdin.end('typed');
  assert.equal(String((await guestSide.expect(1, TYPE.DATA)).payload), 'typed');
  await guestSide.expect(1, TYPE.END);
  guestSide.say(2, TYPE.DATA, 0, Buffer.from('out'));
  assert.equal(String((await once(guestSide.console.stdout, 'data'))[0]), 'out');
  guestSide.say(0, TYPE.EXIT, 0, number(200));
  assert.equal(guestSide.peer.exitCode, 200);
});

test('a module that breaks the rules is ended', async (t) => {
  const lies = [
    hello(1), encode(OUT, TYPE.INCOMING), encode(OUT, TYPE.ADDRESSES), encode(9, TYPE.OPEN, 0, Buffer.from('010450007f000001', 'hex')),
    encode(OUT, TYPE.OPEN, 0, Buffer.from('030450007f000001', 'hex')), encode(OUT, TYPE.OPEN, 0, Buffer.from('010550007f000001', 'hex')),
    encode(OUT, TYPE.OPEN, 0, Buffer.from('010450007f0000', 'hex')), encode(OUT, TYPE.OPEN), encode(OUT, TYPE.RESOLVE, 0, Buffer.from('a')),
    encode(9, TYPE.RESOLVE, 4, Buffer.from('a')), encode(2, TYPE.DATA, 1, Buffer.from('a')), encode(0, 99, 1), encode(1, TYPE.DATA, 0, Buffer.from('a')),
    encode(4, TYPE.DATA, 0, Buffer.from('a')), encode(2, TYPE.CREDIT, 0, number(1)), encode(1, TYPE.CREDIT, 0, Buffer.from([1])),
    encode(OUT, TYPE.RECORDS), encode(OUT, TYPE.ASK, 0, Buffer.from('\x10\0a', 'latin1')), encode(1, TYPE.CREDIT, 0, number(0xffffffff)), encode(1, TYPE.CREDIT, 0, number(0x7fffffff)), encode(1, TYPE.OPENED), encode(0, TYPE.EXIT),
  ];
  for (const lie of lies) {
    const guestSide = await guest(t, NOTHING);
    guestSide.peer.receive(lie);
    assert.notEqual(guestSide.peer.broken, null, lie.toString('hex'));
  }
});

test('what is no engine is ended at once', async () => {
  const toEngine = new PassThrough();
  const peer = new Peer({ toEngine, console: {}, ports: [], rules: new Rules(NOTHING) });
  peer.receive(Buffer.from('Hello'));
  assert.match(peer.broken, /no HELLO; is it a bundle/);
});

test('what a later version says is skipped', async (t) => {
  const guestSide = await guest(t, NOTHING);
  guestSide.say(OUT, 99, 0, Buffer.from('abc'));
  guestSide.say(OUT + 7, TYPE.DATA, 0, Buffer.from('for a stream that is over'));
  assert.equal(guestSide.peer.broken, null);
});

test('a port that is taken', async (t) => {
  const port = await server(t);
  await assert.rejects(takePorts(parsePublished(`${port}:80`)), /127\.0\.0\.1:\d+->80\/tcp: the host's port cannot be taken: EADDRINUSE/);
});
