// The Run page's side of a container's site, and its ServiceWorker, with a browser that the test plays:
// node --test .ci/network/site_test.mjs
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import test, { after } from 'node:test';

// As the gateway serves them.
const here = new URL('../../', import.meta.url).pathname;
const pages = path(here, 'gateway/src/main/resources/io/oci2wasm/gateway/pages');
const folder = await mkdtemp(path(tmpdir(), 'oci2wasm-site.'));
after(() => rm(folder, { recursive: true }));
await cp(path(pages, 'site'), path(folder, 'site'), { recursive: true });
await cp(path(pages, 'run/net/wire.mjs'), path(folder, 'site/wire.mjs'));
await cp(path(pages, 'run'), path(folder, 'run'), { recursive: true });
await cp(path(here, 'docs/netp.mjs'), path(folder, 'run/net/netp.mjs'));
await writeFile(path(folder, 'package.json'), '{"type":"module"}');
const { join } = await import(path(folder, 'site/wire.mjs'));

const ORIGIN = 'http://127.0.0.1:8001';
/** Cookies as Chromium has them in a ServiceWorker: those that are for all of its scope, and no question about a URL. */
class Cookies {
  #all = [];

  async set(cookie) {
    this.#all.push(cookie);
  }

  async getAll(...options) {
    if (options.length) throw new TypeError('URL must be within Service Worker scope');
    return this.#all.filter(({ path }) => path === '/');
  }
}

const listeners = {};
// The container's server: what it was asked, and what it says.
const asked = [];
let says;
globalThis.location = new URL(ORIGIN);
globalThis.navigator ??= { userAgent: 'a browser' }; // node 20 has none
globalThis.cookieStore = new Cookies();
globalThis.addEventListener = (name, listener) => (listeners[name] = listener);
const ports = [];
after(() => ports.forEach((port) => port.close())); // an open one keeps node
globalThis.clients = {
  matchAll: async () => [{
    url: `${ORIGIN}/.oci2wasm/`,
    postMessage(_, [port]) {
      ports.push(port);
      join(port, { connect: async (_port, heard) => container(heard) }, 8000);
    },
  }],
};
await import(path(folder, 'site/worker.mjs'));

function container(heard) {
  queueMicrotask(() => heard.opened());
  let head = '';
  return {
    write: async (bytes) => {
      head += Buffer.from(bytes).toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return true;
      asked.push(head);
      heard.data(new Uint8Array(Buffer.from(says, 'latin1')));
      heard.end();
      return true;
    },
    took() {},
    end() {},
    reset() {},
  };
}

async function fetched(target, answer) {
  says = answer;
  let response;
  const request = { method: 'GET', url: ORIGIN + target, referrer: '', headers: new Headers() };
  listeners.fetch({ request, respondWith: (given) => (response = given), waitUntil() {} });
  response = await response;
  await response.text();
  return { headers: response.headers, cookies: asked.at(-1).match(/^Cookie: (.*)\r$/m)?.[1] };
}

test('cookies go to the whole site, whatever path they are for', async () => {
  const nothing = 'HTTP/1.1 204 No Content\r\n\r\n';
  await fetched('/', 'HTTP/1.1 204 No Content\r\nSet-Cookie: visit=1\r\nSet-Cookie: deep=2; Path=/app\r\n\r\n');
  assert.equal((await fetched('/app/page?x', nothing)).cookies, 'visit=1; deep=2');
});

test('a container names no servers for the browser to reach', async () => {
  const { headers } = await fetched('/', 'HTTP/1.1 200 OK\r\nLink: <https://other.example>; rel=preconnect\r\nX-DNS-Prefetch-Control: on\r\nContent-Length: 0\r\n\r\n');
  assert.equal(headers.get('link'), null);
  assert.match(headers.get('x-dns-prefetch-control'), /^off$/);
  assert.match(headers.get('content-security-policy'), /; webrtc 'block'$/);
});

// The Run page's elements, and those that site.js makes.
function document() {
  const elements = new Map();
  const make = () => ({ children: [], hidden: true, classList: { toggle() {} }, sandbox: { add() {} }, addEventListener() {}, append(...more) { this.children.push(...more); } });
  return {
    createElement: make,
    getElementById(id) {
      if (!elements.has(id)) elements.set(id, make());
      return elements.get(id);
    },
  };
}

let times = 0;
/** What site.js does on a page whose gateway answers with `siteJson`. */
async function prepared(siteJson) {
  globalThis.document = document();
  globalThis.addEventListener = () => {};
  globalThis.HTMLIFrameElement = class { get credentialless() { return false; } };
  globalThis.fetch = siteJson;
  const site = await import(`${path(folder, 'run/site.js')}?${++times}`);
  const found = await site.prepare();
  site.suggest(8000);
  const shown = globalThis.document.getElementById('web-choice').hidden === false;
  return { found, shown, frames: globalThis.document.getElementById('site').children.map(({ src }) => src), wanted: site.wanted() };
}

test('a gateway with sites', async () => {
  const origin = 'http://127.0.0.1:1';
  assert.deepEqual(await prepared(async () => Response.json({ origin })), { found: true, shown: true, frames: [undefined, `${origin}/.oci2wasm/`], wanted: 8000 });
});

for (const [what, siteJson] of [
  ['without an origin', async () => Response.json({ origin: null })],
  ['that does not answer', async () => { throw new TypeError('Failed to fetch'); }],
  ['that refuses', async () => new Response('no', { status: 421 })],
  ['that answers with something else', async () => new Response('<!doctype html>')],
]) {
  test(`no sites, and nothing of them on the page: a gateway ${what}`, async () => {
    assert.deepEqual(await prepared(siteJson), { found: false, shown: false, frames: [], wanted: undefined });
  });
}
