// The dashboard: which view is shown, and what is around it.
import { identify, may, signOut, viewBefore } from './api.js';
import { announce, h } from './dom.js';
import { count } from './format.js';
import { route } from './route.js';
import { listen, start, state } from './store.js';
import { themeSwitch } from './theme.js';
import { audit } from './views/audit.js';
import { batches } from './views/batches.js';
import { image } from './views/image.js';
import { images } from './views/images.js';
import { letters } from './views/letters.js';
import { now } from './views/now.js';
import { registries } from './views/registries.js';
import { retention } from './views/retention.js';
import { rules } from './views/rules.js';
import { subscribers } from './views/subscribers.js';
import { workers } from './views/workers.js';

/** Each view builds itself in the element given and returns how to leave it. */
const VIEWS = {
  now: { title: 'Now', show: now },
  images: { title: 'Images', show: images },
  image: { title: 'Image', show: image, within: 'images' },
  batches: { title: 'Batches', show: batches },
  'dead-letters': { title: 'Dead letters', show: letters },
  workers: { title: 'Workers', show: workers },
  registries: { title: 'Registries', show: registries },
  subscribers: { title: 'Subscribers', show: subscribers },
  rules: { title: 'Rules', show: rules },
  retention: { title: 'Retention', show: retention },
  audit: { title: 'Audit', show: audit },
};

const main = document.getElementById('main');
let leave = () => {};
let shown;

function show() {
  const [path, parameters] = route();
  const name = VIEWS[path] ? path : 'now';
  const { title, within = name } = VIEWS[name];
  const moved = shown !== undefined && shown !== name;
  const inside = main.contains(document.activeElement);
  shown = name;
  leave();
  main.replaceChildren(h('h1', { class: 'visually-hidden' }, title));
  leave = VIEWS[name].show(main, parameters) ?? (() => {});
  document.title = `${[parameters.get('tag'), parameters.get('repository')].filter((part) => part).join(' · ') || title} · oci2wasm`;
  for (const anchor of document.querySelectorAll('nav.views a')) {
    if (anchor.dataset.view === within) {
      anchor.setAttribute('aria-current', 'page');
      scrollTo(anchor);
    } else anchor.removeAttribute('aria-current');
  }
  if (moved) announce(title);
  // What had the focus is gone: the keyboard goes on where the new content begins.
  if (inside) main.focus();
}

/** On a small screen the views are a line that scrolls. */
function scrollTo(anchor) {
  const line = anchor.parentElement;
  line.scrollLeft = anchor.offsetLeft - line.offsetLeft - (line.clientWidth - anchor.offsetWidth) / 2;
}

function scrollToCurrent() {
  const current = document.querySelector('nav.views a[aria-current]');
  if (current) scrollTo(current);
}

function showConnection() {
  const connection = document.getElementById('connection');
  const text = state.connected ? 'Live' : 'Reconnecting';
  if (connection.textContent !== text) connection.textContent = text;
  connection.classList.toggle('live', state.connected);
  const { goneSince } = state;
  const banner = document.getElementById('banner');
  document.body.classList.toggle('stale', goneSince !== undefined);
  if (goneSince === undefined) {
    banner.textContent = '';
  } else {
    const said = `The gateway does not answer. What you see is as it was at ${new Date(goneSince).toLocaleTimeString()}; this page goes on by itself as soon as it answers.`;
    if (banner.textContent !== said) banner.textContent = said;
  }
  const open = state.summary?.deadLetters ?? 0;
  const pill = document.getElementById('letters-count');
  const letters = count(open);
  if (pill.textContent === letters) return;
  pill.textContent = letters;
  pill.hidden = open === 0;
  scrollToCurrent();
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
  const who = known ? `${session.name}, ${session.role}` : '';
  document.getElementById('user').textContent = who;
  document.getElementById('sign-out').hidden = !known;
  document.getElementById('sign-out').title = who;
  document.getElementById('audit-link').hidden = !may('admin');
}

addEventListener('hashchange', show);
addEventListener('resize', scrollToCurrent);
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
themeSwitch(document.getElementById('theme'));
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
