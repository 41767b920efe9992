// The ServiceWorker of containers' sites: it sends each request of the frame to the container that runs in the Run page.
// It keeps nothing: the page beside the frame (connector.mjs) knows the way to the Run page.
import { NoHttp, exchange } from './http.mjs';
import { Reset, Wire } from './wire.mjs';

const OURS = '/.oci2wasm/';
const REFUSED = 1;
// Names by which a server may call itself.
const CONTAINER = new Set([location.hostname, 'localhost', '127.0.0.1', '[::1]', '10.0.2.15']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// Between two hops, about this origin, or ours to say.
const DROPPED = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'trailer', 'transfer-encoding', 'upgrade', 'set-cookie', 'x-frame-options',
  'clear-site-data', 'cross-origin-embedder-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy',
  'strict-transport-security', 'nel', 'report-to', 'reporting-endpoints', 'location', 'refresh', 'link',
  'x-dns-prefetch-control',
]);
// What a container's page loads comes from the container, and from nowhere else.
const POLICY =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; base-uri 'self'; object-src 'none'; webrtc 'block'";
const GIVEN = [
  ['Content-Security-Policy', POLICY],
  ['Cross-Origin-Embedder-Policy', 'require-corp'],
  ['Cross-Origin-Resource-Policy', 'cross-origin'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-DNS-Prefetch-Control', 'off'],
];

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== location.origin) event.respondWith(Response.error());
  else if (!pathname.startsWith(OURS)) event.respondWith(answer(event));
});

/** A text instead of the container's answer. */
function told(status, text) {
  return new Response(`${text}\n`, { status, headers: [['Content-Type', 'text/plain; charset=utf-8'], ...GIVEN] });
}

async function answer(event) {
  const pages = await clients.matchAll({ includeUncontrolled: true, type: 'window' });
  const connector = pages.find(({ url }) => new URL(url).pathname === OURS);
  if (!connector) return told(503, 'The Run page is gone. Open it again from the dashboard.');
  const { port1, port2 } = new MessageChannel();
  connector.postMessage({ stream: true }, [port2]);
  const wire = new Wire(port1);
  try {
    await wire.opened;
    const found = await exchange(wire, await requestOf(event.request));
    await keepCookies(found.headers);
    return responseOf(event, found, wire);
  } catch (error) {
    wire.close();
    if (error instanceof NoHttp) return told(502, `The container does not speak HTTP here: ${error.message}.`);
    if (!(error instanceof Reset)) throw error;
    return told(502, error.reason === REFUSED ? 'The container does not listen on this port.' : 'The container closed the connection.');
  }
}

async function requestOf(request) {
  const { method, url, referrer, headers } = request;
  const { pathname, search } = new URL(url);
  const body = method === 'GET' || method === 'HEAD' ? undefined : await request.blob();
  const cookies = (await cookieStore.getAll()).map(({ name, value }) => (name ? `${name}=${value}` : value)).join('; ');
  const more = [['Host', location.host], ['User-Agent', navigator.userAgent], ['Accept-Encoding', 'identity']];
  if (referrer.startsWith(`${location.origin}/`)) more.push(['Referer', referrer]);
  if (cookies) more.push(['Cookie', cookies]);
  if (body) more.push(['Origin', location.origin], ['Content-Length', body.size]);
  const ours = new Set(more.map(([name]) => name.toLowerCase()));
  return { method, target: pathname + search, headers: [...more, ...[...headers].filter(([name]) => !ours.has(name))], body };
}

/** A server's cookies become the frame's; the browser takes none from here by itself. */
async function keepCookies(headers) {
  for (const [, text] of headers.filter(([name]) => name === 'set-cookie')) {
    const [pair, ...attributes] = text.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const value = (wanted) => attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const age = value('max-age');
    const expires = age === undefined ? Date.parse(value('expires')) : Date.now() + Number(age) * 1000;
    // Of the whole site, for a ServiceWorker is told only the cookies of its scope, not those of a path in it.
    const cookie = { name: pair.slice(0, Math.max(equals, 0)), value: pair.slice(equals + 1), path: '/', sameSite: 'none' };
    // The frame counts as foreign: only such cookies are sent. What the browser does not take as a cookie is none.
    await cookieStore.set(Number.isNaN(expires) ? cookie : { ...cookie, expires }).catch(() => {});
  }
}

function responseOf(event, { status, reason, headers, body }, wire) {
  const location = headers.find(([name]) => name === 'location')?.[1];
  if (REDIRECTS.has(status) && location !== undefined) {
    wire.close();
    return redirect(status, location, event.request.url);
  }
  const given = new Headers(GIVEN);
  for (const [name, value] of headers) {
    if (!DROPPED.has(name)) given.append(name, name === 'content-security-policy' ? withoutFrames(value) : value);
  }
  const known = { status, statusText: /^[\t\x20-\x7e]*$/.test(reason) ? reason : '', headers: given };
  if (!body) {
    wire.close();
    return new Response(null, known);
  }
  let over;
  event.waitUntil(new Promise((resolve) => (over = resolve)));
  const end = () => {
    wire.close();
    over();
  };
  const pull = async (controller) => {
    try {
      const { value, done } = await body.next();
      if (!done) return controller.enqueue(value);
      controller.close();
    } catch (error) {
      controller.error(error);
    }
    return end();
  };
  return new Response(new ReadableStream({ pull, cancel: end }), known);
}

/** The site is in a frame of the Run page, and there is no https. */
function withoutFrames(policy) {
  return policy.split(';').filter((part) => !/^\s*(frame-ancestors|report-uri|report-to|upgrade-insecure-requests)\b/i.test(part)).join(';');
}

/** Redirects stay inside: servers name themselves by the port that they listen on. */
function redirect(status, where, from) {
  let to;
  try {
    to = new URL(where, from);
  } catch {
    return told(502, `The site leads to ${where}, which is no address.`);
  }
  if (to.protocol !== 'http:' && to.origin !== location.origin) return told(502, `The site leads to ${to}, which is outside of the container.`);
  if (!CONTAINER.has(to.hostname)) return told(502, `The site leads to ${to}, which is outside of the container.`);
  return new Response(null, { status, headers: [['Location', `${location.origin}${to.pathname}${to.search}${to.hash}`], ...GIVEN] });
}
