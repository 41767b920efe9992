// The Run page's peer and the HTTP of its ServiceWorker: node --test .ci/network/page_test.mjs
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import test, { after } from 'node:test';
import { Messages, OUT, REASON, TYPE, encode, hello, number } from '../../docs/netp.mjs';

// As the gateway has them: in one folder.
const here = new URL('../../', import.meta.url).pathname;
const pages = path(here, 'gateway/src/main/resources/io/oci2wasm/gateway/pages');
const folder = await mkdtemp(path(tmpdir(), 'oci2wasm-page.'));
after(() => rm(folder, { recursive: true }));
for (const file of [path(pages, 'run/net/peer.mjs'), path(pages, 'run/net/wire.mjs'), path(pages, 'site/http.mjs'), path(here, 'docs/netp.mjs')]) {
  await cp(file, path(folder, file.split('/').at(-1)));
}
const { Peer } = await import(path(folder, 'peer.mjs'));
const { Reset, Wire, join } = await import(path(folder, 'wire.mjs'));
const { NoHttp, exchange } = await import(path(folder, 'http.mjs'));

const bytes = (text) => Buffer.from(text, 'latin1');
const text = (parts) => Buffer.concat(parts).toString('latin1');

// An engine whose lines the test writes.
function engine({ credit = 100 } = {}) {
  const heard = [];
  const messages = new Messages();
  const self = { heard, broken: undefined };
  self.peer = new Peer((part) => messages.take(part, (message) => heard.push(message)), (how) => (self.broken = how));
  self.say = (...message) => self.peer.receive(encode(...message));
  assert.equal(heard.shift().type, TYPE.HELLO);
  if (credit !== null) self.peer.receive(hello(credit));
  return self;
}

const nothing = { opened() {}, data() {}, end() {}, reset() {} };

function listener() {
  const told = [];
  return { told, opened: () => told.push('opened'), data: (part) => told.push(text([part])), end: () => told.push('end'), reset: (reason) => told.push(reason) };
}

test('a connection, from its beginning to its end', async () => {
  const { peer, say, heard } = engine();
  const ears = listener();
  const connection = await peer.connect(8000, ears);
  const { stream, type, payload } = heard.shift();
  assert.deepEqual([type, [...payload.subarray(0, 8)]], [TYPE.INCOMING, [1, 4, 8000 & 255, 8000 >> 8, 127, 0, 0, 1]]);
  say(stream, TYPE.OPENED);
  const written = connection.write(new Uint8Array(150));
  assert.equal(heard.shift().payload.length, 100); // the engine's credit
  say(stream, TYPE.CREDIT, 0, number(1000));
  assert.equal(await written, true);
  assert.equal(heard.shift().payload.length, 50);
  connection.end();
  assert.equal(heard.shift().type, TYPE.END);
  say(stream, TYPE.DATA, 0, bytes('answer'));
  say(stream, TYPE.END);
  assert.deepEqual(ears.told, ['opened', 'answer', 'end']);
  assert.equal(await connection.write(new Uint8Array(1)), false);
  connection.reset();
  assert.deepEqual(heard, []);
});

test('the beginning of a message outlives the buffer in which it came', () => {
  const whole = Buffer.from(encode(5, TYPE.DATA, 0, bytes('answer')));
  const part = Buffer.from(whole.subarray(0, 12));
  const found = [];
  const messages = new Messages();
  messages.take(part, (message) => found.push(message));
  part.fill(0);
  messages.take(whole.subarray(12), (message) => found.push(message));
  assert.deepEqual(found.map(({ stream, payload }) => [stream, text([payload])]), [[5, 'answer']]);
});

test('credit comes back when bytes are used', async () => {
  const { peer, say, heard } = engine();
  const connection = await peer.connect(80, nothing);
  const { stream } = heard.shift();
  say(stream, TYPE.OPENED);
  for (let i = 0; i < 8; i++) say(stream, TYPE.DATA, 0, new Uint8Array(32768));
  assert.deepEqual(heard, []);
  connection.took(100000);
  connection.took(1 << 30); // nobody can use more than there was
  assert.deepEqual(heard.map(({ type, payload }) => [type, [...payload]]), [[TYPE.CREDIT, [...number(100000)]], [TYPE.CREDIT, [...number((1 << 18) - 100000)]]]);
});

test('the container reaches nothing', () => {
  const { say, heard } = engine();
  say(OUT, TYPE.OPEN, 0, Uint8Array.of(1, 4, 80, 0, 192, 0, 2, 1));
  say(OUT + 1, TYPE.RESOLVE, 4, bytes('example.com'));
  assert.deepEqual(heard.map(({ stream, type, code }) => [stream, type, code]), [[OUT, TYPE.RESET, REASON.DENIED], [OUT + 1, TYPE.ADDRESSES, 3]]);
});

test('a refusal, and an engine that ends', async () => {
  const { peer, say, heard } = engine();
  const [first, second, late] = [listener(), listener(), listener()];
  await peer.connect(80, first);
  await peer.connect(80, second);
  say(heard[0].stream, TYPE.RESET, REASON.REFUSED);
  peer.close();
  await peer.connect(80, late);
  assert.deepEqual([first.told, second.told, late.told], [[REASON.REFUSED], [REASON.BROKEN], [REASON.BROKEN]]);
});

test('asking whether the container listens leaves no connection', async () => {
  const { peer, say, heard } = engine();
  const asked = peer.listens(22);
  await new Promise(setImmediate);
  const [{ stream }] = heard;
  say(stream, TYPE.OPENED);
  say(stream, TYPE.DATA, 0, bytes('SSH-2.0'));
  assert.equal(await asked, true);
  assert.deepEqual(heard.map(({ type, code }) => [type, code]), [[TYPE.INCOMING, 0], [TYPE.RESET, REASON.BROKEN]]);
  const again = peer.listens(23);
  await new Promise(setImmediate);
  say(heard.at(-1).stream, TYPE.RESET, REASON.REFUSED);
  assert.equal(await again, false);
  assert.equal(heard.at(-1).type, TYPE.INCOMING);
  for (let i = 0; i < 256; i++) await peer.connect(80, nothing);
  assert.equal(heard.filter(({ type }) => type === TYPE.INCOMING).length, 2 + 256); // both are forgotten
  assert.equal(await peer.listens(80), false);
});

test('no more connections than the limit', async () => {
  const { peer, heard } = engine();
  for (let i = 0; i < 256; i++) await peer.connect(80, nothing);
  const ears = listener();
  await peer.connect(80, ears);
  assert.deepEqual([ears.told, heard.length], [[REASON.LIMIT], 256]);
});

for (const [what, ...messages] of [
  ['no HELLO', [OUT, TYPE.OPEN]],
  ['data before OPENED', hello(1), [5, TYPE.DATA, 0, bytes('a')]],
  ['OPENED twice', hello(1), [5, TYPE.OPENED], [5, TYPE.OPENED]],
  ['an end after the end', hello(1), [5, TYPE.OPENED], [5, TYPE.END], [5, TYPE.END]],
  ['more than the credit', hello(1), [5, TYPE.OPENED], ...Array.from({ length: 9 }, () => [5, TYPE.DATA, 0, new Uint8Array(32768)])],
  ['too much credit', hello(0x7fffffff), [5, TYPE.CREDIT, 0, number(1)]],
  ['credit that is no number', hello(1), [5, TYPE.CREDIT, 0, bytes('a')]],
  ['a second HELLO', hello(1), [0, TYPE.HELLO]],
  ['a stream of ours', hello(1), [5, TYPE.OPEN]],
  ['a question for records, which the page does not offer', hello(1), [OUT, TYPE.ASK, 0, bytes('ab')]],
  ['an unknown message with a code', hello(1), [0, 99, 1]],
]) {
  test(`an engine that breaks the rules: ${what}`, async () => {
    const self = engine({ credit: null });
    const ears = listener();
    self.peer.connect(80, ears);
    for (const message of messages) {
      self.peer.receive(message instanceof Uint8Array ? message : encode(...message));
      await new Promise(setImmediate);
    }
    assert.match(self.broken, /^found /);
    await new Promise(setImmediate);
    assert.equal(ears.told.at(-1), REASON.BROKEN);
  });
}

test('a wire carries both directions, and waits for its reader', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  let ears;
  const written = [];
  let taken = 0;
  const connection = { write: async (part) => written.push(Buffer.from(part)) > 0, took: (count) => (taken += count), end() {}, reset: () => written.push('reset') };
  await join(port2, { connect: async (_, heard) => ((ears = heard), connection) }, 80);
  const wire = new Wire(port1);
  ears.opened();
  await wire.opened;
  const much = new Uint8Array(1 << 20).fill(120);
  await wire.write(much);
  while (Buffer.concat(written).length < much.length) await new Promise(setImmediate);
  assert.deepEqual(new Uint8Array(Buffer.concat(written)), much);
  ears.data(new Uint8Array(bytes('answer')));
  ears.end();
  assert.equal(text([await wire.read()]), 'answer');
  assert.equal(await wire.read(), null);
  while (taken === 0) await new Promise(setImmediate);
  assert.equal(taken, 6);
  wire.close();
  while (written.at(-1) !== 'reset') await new Promise(setImmediate);
  await assert.rejects(wire.write(much), Reset);
});

test('a wire ends who sends without waiting', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  let ended = false;
  const connection = { write: () => new Promise(() => {}), took() {}, end() {}, reset: () => (ended = true) };
  await join(port2, { connect: async () => connection }, 80);
  for (let i = 0; i < 6; i++) port1.postMessage({ bytes: new Uint8Array(1 << 16) });
  while (!ended) await new Promise(setImmediate);
});

// What a server that says this is understood to have said; it sends `answer` in pieces of `size` bytes.
async function answered(answer, { method = 'GET', size = 1 << 20, body } = {}) {
  const sent = [];
  let rest = bytes(answer);
  const connection = {
    write: async (part) => { sent.push(Buffer.from(part)); },
    read: async () => {
      const part = rest.subarray(0, size);
      rest = rest.subarray(size);
      return part.length > 0 ? new Uint8Array(part) : null;
    },
  };
  const found = await exchange(connection, { method, target: '/a?b', headers: [['Host', 'here']], body });
  const parts = [];
  if (found.body) for await (const part of found.body) parts.push(Buffer.from(part));
  return { ...found, body: found.body && text(parts), sent };
}

test('a request with a body', async () => {
  const { sent } = await answered('HTTP/1.1 204 No Content\r\n\r\n', { method: 'POST', body: new Blob(['some', 'thing']) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(text(sent), 'POST /a?b HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\nsomething');
});

for (const [what, answer, expected, options] of [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b \r\n\r\nhello, and more', 'hello'],
  ['no length', 'HTTP/1.0 200 OK\n\nuntil the end', 'until the end'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n', 'hello!'],
  ['an announcement before it', 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['nothing', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', null],
  ['a head alone', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', null, { method: 'HEAD' }],
]) {
  test(`an answer with ${what}`, async () => {
    for (const size of [1, 7, 1000]) assert.equal((await answered(answer, { ...options, size })).body, expected);
  });
}

for (const [what, answer] of [
  ['nothing', ''],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['half a head', 'HTTP/1.1 200 OK\r\nA: b'],
  ['a head without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(60000)}`],
  ['a line that is no header', 'HTTP/1.1 200 OK\r\nA b\r\n\r\n'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['less than its length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell'],
  ['a chunk without size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n'],
  ['a chunk that is longer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n0\r\n\r\n'],
]) {
  test(`no answer of HTTP: ${what}`, async () => {
    await assert.rejects(answered(answer, { size: 4096 }), NoHttp);
  });
}
