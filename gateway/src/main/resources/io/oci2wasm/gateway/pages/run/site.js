// The web site of the container that runs in this page, in a frame of another origin. This page has the token; what the
// container serves never runs here, and asks for connections to one port of the container, no more.
import { Peer } from './net/peer.mjs';
import { join } from './net/wire.mjs';
import { NET } from './wasi/descriptors.mjs';

const AGAIN_MILLISECONDS = 1000;
const CONNECTOR = '/.oci2wasm/';
// Without allow-top-navigation and allow-popups: it stays in its frame.
const SANDBOX = ['allow-scripts', 'allow-same-origin'];
const element = (id) => document.getElementById(id);

let origin; // of the frame
let connected;
const whenConnected = new Promise((resolve) => (connected = resolve));
let peer;
let port;
let opening;
let asked; // the path that was opened

function say(text, failed = false) {
  element('site-status').textContent = text;
  element('site-status').classList.toggle('failed', failed);
}

function frame(name, title, ...more) {
  const made = document.createElement('iframe');
  // A storage of its own, gone with this page: neither cookies of this host nor what another container's site left.
  made.credentialless = true;
  made.name = name;
  made.title = title;
  made.referrerPolicy = 'no-referrer';
  made.sandbox.add(...SANDBOX, ...more);
  return made;
}

const connector = frame('connector', 'Connection of the web site');
const site = frame('site', 'Web site of the container', 'allow-forms', 'allow-downloads');

/** The frame's origin; undefined if the gateway names none. The container runs without it. */
async function findOrigin() {
  try {
    const answer = await fetch('site.json', { cache: 'no-store' });
    return answer.ok ? ((await answer.json()).origin ?? undefined) : undefined;
  } catch (error) {
    console.warn(error);
    return undefined;
  }
}

/** Whether sites can be shown here; if the browser is why not, says so. */
export async function prepare() {
  origin = await findOrigin();
  if (!origin) return false;
  element('web-choice').hidden = false;
  if (!('credentialless' in HTMLIFrameElement.prototype)) {
    element('web').disabled = true;
    element('web-note').textContent = 'This browser cannot keep sites of containers apart. Chromium, Chrome and Edge can.';
    return false;
  }
  connector.hidden = true;
  connector.src = origin + CONNECTOR;
  element('site').append(site, connector);
  return true;
}

/** What the container's port is, if a site is wanted. */
export function wanted() {
  const number = Number(element('port').value);
  return origin && element('web').checked && Number.isInteger(number) && number > 0 && number < 65536 ? number : undefined;
}

/** Suggests the port that the image exposes; without one, no site. */
export function suggest(exposed) {
  if (!origin || element('web').disabled) return;
  element('web').checked = exposed !== undefined;
  element('port').value = String(exposed ?? 80);
}

/**
 * A network for a run, if a site is wanted: `words` for the engine; `takeNet`, which gets what the engine says; and
 * `begin`, which gets the pipe to it and shows the site as soon as there is one.
 *
 * @param {(how: string) => void} broke is told how the engine broke netp's rules
 */
export function network(broke) {
  const hasSite = wanted() !== undefined;
  element('site').hidden = !hasSite;
  site.src = 'about:blank';
  if (!hasSite) return undefined;
  let pipe;
  let sending = new Promise((resolve) => (pipe = resolve));
  const begun = sending;
  const mine = new Peer((bytes) => (sending = sending.then(async () => (await begun).write(bytes))), broke);
  peer = mine;
  return {
    words: ['--net', String(NET)],
    takeNet: (bytes) => mine.receive(bytes),
    begin: (net) => {
      pipe(net);
      open();
    },
  };
}

/** The run is over. */
export function end() {
  if (!peer) return;
  peer.close();
  peer = undefined;
  opening = undefined;
  say('The container has ended.');
}

function pathOf(text) {
  return text.startsWith('/') ? text : `/${text}`;
}

/** Shows the site at the path in the address bar, as soon as the container listens. */
async function open() {
  const number = wanted();
  if (!peer) return;
  if (number === undefined) {
    say('Expected a port from 1 to 65535.', true);
    return;
  }
  const mine = {};
  const whose = peer;
  opening = mine;
  port = number;
  say(`Waiting for port ${number} of the container…`);
  for (let tries = 0; !(await whose.listens(number)); tries++) {
    if (opening !== mine || peer !== whose) return;
    if (tries === 0) say(`The container does not listen on port ${number} yet. Trying again every second…`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
    if (opening !== mine || peer !== whose) return;
  }
  await whenConnected;
  if (opening !== mine || peer !== whose) return;
  asked = element('path').value;
  site.src = origin + pathOf(asked);
  say(`Port ${number} of the container.`);
}

function hear({ data, ports: [stream] }) {
  if (data?.stream && stream) {
    if (peer && port) join(stream, peer, port);
    else stream.postMessage({ reset: 0 });
  } else if (typeof data?.at === 'string' && data.at.startsWith('/')) {
    // What someone is typing stays.
    const field = element('path');
    if (document.activeElement !== field || field.value === asked) field.value = data.at.slice(0, 2000);
  }
}

// Only the connector's messages count: a page of the container is another window, though of the same origin.
addEventListener('message', (event) => {
  if (event.origin !== origin || event.source !== connector.contentWindow) return;
  if (event.data?.failed) {
    say("The frame cannot be set up. The browser's console says why.", true);
  } else if (event.data?.ready) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data, ports }) => hear({ data, ports });
    connector.contentWindow.postMessage({ connect: true }, origin, [port2]);
    connected();
  }
});

element('site-form').addEventListener('submit', (event) => {
  event.preventDefault();
  open();
});
