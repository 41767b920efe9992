// The Run page's reader of ranges against a server that does what it is told: node --test .ci/browser/ranges_test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangeFile } from '../../gateway/src/main/resources/io/oci2wasm/gateway/pages/run/wasi/ranges.mjs';

const BLOCK = 1 << 18;
const TAG = '"one"';

/** The file of this size; asked for what lies in `broken`, the server breaks off. */
function serve(size, broken = () => false) {
  const content = (first, length) => Uint8Array.from({ length }, (_, i) => ((first + i) * 2654435761) >>> 24);
  const server = { asked: [], away: false, tag: TAG, status: 206, told: [], content };
  globalThis.XMLHttpRequest = class {
    open() {}
    setRequestHeader(name, value) {
      if (name === 'Range') [this.first, this.last] = /bytes=(\d+)-(\d+)/.exec(value).slice(1).map(Number);
    }
    send() {
      server.asked.push([this.first, this.last - this.first + 1]);
      if (server.away || broken(this.first, this.last)) throw new Error('NetworkError');
      this.status = server.status;
      this.response = content(this.first, this.last - this.first + 1).buffer;
    }
    getResponseHeader(name) {
      return name === 'ETag' ? server.tag : `bytes ${this.first}-${this.last}/${size}`;
    }
  };
  server.file = new RangeFile({ url: '/data', tag: TAG, size }, (fault) => server.told.push(fault));
  return server;
}

test('reads what is there, wherever it is', () => {
  const size = 5 * BLOCK + 77;
  const { file, content } = serve(size);
  for (const [offset, length] of [[size - 40, 40], [0, 1], [BLOCK - 3, 6], [10, 3 * BLOCK], [size - 5, 100], [size, 10]]) {
    assert.deepEqual(file.read(offset, length), content(offset, Math.min(length, size - offset)));
  }
});

test('fetches ahead of what is read in a row, at most 4 MiB', () => {
  const { file, asked } = serve(100 * BLOCK);
  for (let at = 0; at < 64 * BLOCK; at += BLOCK / 2) file.read(at, BLOCK / 2);
  assert.deepEqual(asked.map(([, length]) => length / BLOCK), [1, 2, 4, 8, 16, 16, 16, 16]);
  file.read(90 * BLOCK, 1);
  assert.deepEqual(asked.at(-1), [90 * BLOCK, BLOCK]);
});

test('keeps 64 MiB, and of them what was read last', () => {
  const { file, asked } = serve(600 * BLOCK);
  file.read(0, 1);
  for (let block = 2; block < 256; block += 2) file.read(block * BLOCK, 1);
  file.read(0, 1);
  for (let block = 300; block < 556; block += 2) file.read(block * BLOCK, 1);
  const count = asked.length;
  file.read(0, 1);
  assert.equal(asked.length, count);
  for (let block = 257; block < 290; block += 2) file.read(block * BLOCK, 1);
  file.read(2 * BLOCK, 1);
  assert.deepEqual(asked.at(-1), [2 * BLOCK, BLOCK]);
});

test('reads beside what is damaged', () => {
  const { file, content, told, asked } = serve(10 * BLOCK, (first, last) => first <= 1000 && last >= 900);
  assert.deepEqual(file.read(1001, 500), content(1001, 500));
  assert.deepEqual(asked, [[0, BLOCK], [1001, 500]]);
  assert.equal(file.read(950, 10), undefined);
  assert.deepEqual(told, [{ why: 'the gateway does not answer, or breaks off', over: false }]);
});

test('asks again a few times, and then says why', () => {
  const server = serve(10 * BLOCK);
  server.away = true;
  assert.equal(server.file.read(0, 10), undefined);
  assert.equal(server.asked.length, 4);
  assert.equal(server.file.read(0, 10), undefined);
  assert.equal(server.asked.length, 6); // without waiting
  server.away = false;
  assert.deepEqual(server.file.read(0, 10), server.content(0, 10));
  assert.deepEqual(server.told.map(({ over }) => over), [false, false, true]);
});

test('takes no bytes of another version, and does not ask for them again', () => {
  const server = serve(10 * BLOCK);
  server.tag = '"another"';
  assert.equal(server.file.read(0, 10), undefined);
  assert.equal(server.asked.length, 1);
  for (const [status, why] of [[404, /no longer has/], [401, /not signed in/], [200, /does not answer ranges/]]) {
    const refusing = serve(10 * BLOCK);
    refusing.status = status;
    assert.equal(refusing.file.read(0, 10), undefined);
    assert.equal(refusing.asked.length, 1);
    assert.match(refusing.told[0].why, why);
  }
  const broken = serve(10 * BLOCK);
  broken.status = 503;
  assert.equal(broken.file.read(0, 10), undefined);
  assert.equal(broken.asked.length, 4);
});
