// Boots a bundle in this page: the guest in a worker, its terminal here.
import { call } from '/dashboard/api.js';
import { themeSwitch } from '/dashboard/theme.js';
import { Terminal } from './vendor/xterm/xterm.mjs';
import { FitAddon } from './vendor/xterm-addon-fit/addon-fit.mjs';
import { start } from './wasi/bundle.mjs';
import { CONTROL } from './wasi/descriptors.mjs';
import { exposedPort } from './exposed.js';
import * as site from './site.js';
import { words } from './words.js';

const encoder = new TextEncoder();
const parameters = new URLSearchParams(location.search);
const conversion = parameters.get('conversion') ?? '';
const element = (id) => document.getElementById(id);

// Lines of the letters' own height, rounded down, cut off underscores.
const terminal = new Terminal({ cursorBlink: true, fontFamily: getComputedStyle(document.body).getPropertyValue('--mono'), fontSize: 14, lineHeight: 1.1, screenReaderMode: true });
const fit = new FitAddon();
let running;
let known = false; // which port the image exposes

function colours(dark) {
  return dark
    ? { background: '#181c22', foreground: '#e4e8ee', cursor: '#7db0ff', selectionBackground: '#35507a' }
    : { background: '#ffffff', foreground: '#1a1f26', cursor: '#1f5fbf', selectionBackground: '#c7dcff' };
}

function say(text, failed = false) {
  element('status').textContent = text;
  element('status').classList.toggle('failed', failed);
}

function shows(isRunning) {
  element('start').disabled = isRunning;
  element('stop').disabled = !isRunning;
}

function control(line) {
  running?.control.write(encoder.encode(`${line}\n`));
}

async function fetchBundle() {
  const address = `/api/v1/bundles/${encodeURIComponent(conversion)}`;
  // Bundles of earlier versions cannot be split.
  const split = await call(`${address}/split`);
  const response = split.status === 404 ? await call(address) : split;
  if (response.status === 404) throw new Error('The store does not have this bundle, or no longer has it.');
  if (!response.ok) throw new Error(`The bundle cannot be had: HTTP ${response.status}.`);
  const suggested = known ? undefined : exposedPort(response.clone().body).then(site.suggest);
  const module = await WebAssembly.compileStreaming(response);
  await suggested;
  known = true;
  const tag = response.headers.get('ETag');
  return { module, data: { url: `${address}/data?recipe=${encodeURIComponent(tag.replaceAll('"', ''))}`, tag } };
}

let fault;

/** Why the container cannot read, and later why it could not: the engine does not read again what has failed. */
function showFault({ why, over }) {
  fault = why ?? fault;
  if (over) say(`Running. What could not be read stays so until you start it again: ${fault}.`);
  else say(`The container gets I/O errors: ${fault}.`, true);
}

async function run() {
  shows(true);
  terminal.reset();
  say('Fetching the bundle…');
  try {
    const { module, data } = await fetchBundle();
    fit.fit();
    const began = performance.now();
    const memory = element('memory').value;
    const net = site.network((how) => {
      stop();
      say(`The module broke the rules of netp and was ended: ${how}.`, true);
    });
    const options = ['--tty', '--window-size', `${terminal.rows} ${terminal.cols}`, '--control', String(CONTROL)];
    const bundle = start({
      module,
      words: ['bundle.wasm', ...options, ...(net?.words ?? []), ...(memory ? ['--memory', memory] : []), '--env', 'TERM=xterm-256color', '--', ...words(element('command').value)],
      take: (_, bytes) => new Promise((resolve) => terminal.write(bytes, resolve)),
      data,
      takeFault: (fault) => {
        if (running === bundle) showFault(fault);
      },
      takeNet: net?.takeNet,
    });
    net?.begin(bundle.net);
    running = bundle;
    say('Running.');
    terminal.focus();
    const code = await bundle.exitCode;
    if (running === bundle) say(`Exited with ${code} after ${((performance.now() - began) / 1000).toFixed(1)} s.`, code === 125);
  } catch (error) {
    say(error.message, true);
  }
  running = undefined;
  site.end();
  shows(false);
}

function stop() {
  running?.stop();
  running = undefined;
  site.end();
  say('Stopped.');
  shows(false);
}

element('title').textContent = [parameters.get('image'), parameters.get('platform')].filter(Boolean).join(' · ') || 'Run';
document.title = `${element('title').textContent} · oci2wasm`;
terminal.loadAddon(fit);
terminal.open(element('terminal'));
themeSwitch(element('theme'), (dark) => (terminal.options.theme = colours(dark)));
fit.fit();
terminal.onData((text) => running?.stdin.write(encoder.encode(text)));
terminal.onBinary((text) => running?.stdin.write(Uint8Array.from(text, (character) => character.charCodeAt(0))));
terminal.onResize(({ rows, cols }) => control(`winsize ${rows} ${cols}`));
new ResizeObserver(() => fit.fit()).observe(element('terminal'));
element('command-form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
element('stop').addEventListener('click', stop);
if (!/^[0-9a-f]{64}$/.test(conversion)) {
  say('No bundle is selected: open this page with a Run button of the dashboard.', true);
  element('start').disabled = true;
} else if (!crossOriginIsolated) {
  // A browser isolates only pages that came over HTTPS or from this machine (html.spec.whatwg.org, "secure contexts").
  say('This page needs shared memory, which the browser does not allow here: open the gateway with HTTPS, or under a name of this machine.', true);
  element('start').disabled = true;
} else {
  await site.prepare();
  run();
}
