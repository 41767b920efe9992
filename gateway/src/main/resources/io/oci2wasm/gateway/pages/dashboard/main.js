// The dashboard: which view is shown, and what is around it.
import { identify, may, signOut, viewBefore } from './api.js';
import { announce, h } from './dom.js';
import { count } from './format.js';
import { listen, start, state } from './store.js';
import { themeSwitch } from './theme.js';
import { audit } from './views/audit.js';
import { batches } from './views/batches.js';
import { images } from './views/images.js';
import { letters } from './views/letters.js';
import { now } from './views/now.js';

/** Each view builds itself in the element given and returns how to leave it. */
const VIEWS = {
  now: { title: 'Now', show: now },
  images: { title: 'Images', show: images },
  batches: { title: 'Batches', show: batches },
  'dead-letters': { title: 'Dead letters', show: letters },
  audit: { title: 'Audit', show: audit },
};

const main = document.getElementById('main');
let leave = () => {};
let shown;

/** `#/images?repository=…` as ['images', parameters]. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return [VIEWS[path] ? path : 'now', new URLSearchParams(query)];
}

function show() {
  const [name, parameters] = route();
  const moved = shown !== undefined && shown !== name;
  shown = name;
  leave();
  main.replaceChildren(h('h1', { class: 'visually-hidden' }, VIEWS[name].title));
  leave = VIEWS[name].show(main, parameters) ?? (() => {});
  document.title = `${VIEWS[name].title} · oci2wasm`;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (moved) announce(VIEWS[name].title);
}

function showConnection() {
  const connection = document.getElementById('connection');
  const text = state.connected ? 'Live' : 'Reconnecting';
  if (connection.textContent !== text) connection.textContent = text;
  connection.classList.toggle('live', state.connected);
  const open = state.summary?.deadLetters ?? 0;
  const pill = document.getElementById('letters-count');
  pill.textContent = count(open);
  pill.hidden = open === 0;
}

/** What the user may do decides what is shown: asked for until the gateway answers. */
async function whoIsThere() {
  for (;;) {
    try {
      return await identify();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** Where no token is configured, everybody is the same. */
function showUser(session) {
  const known = session.name !== 'anyone';
  document.getElementById('user').textContent = known ? `${session.name}, ${session.role}` : '';
  document.getElementById('sign-out').hidden = !known;
  document.getElementById('audit-link').hidden = !may('admin');
}

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
themeSwitch(document.getElementById('theme'));
addEventListener('hashchange', show);
listen(showConnection);
document.getElementById('sign-out').addEventListener('click', async () => {
  await signOut();
  location.reload();
});
showUser(await whoIsThere());
const before = viewBefore();
if (before) history.replaceState(null, '', before);
show();
start();
