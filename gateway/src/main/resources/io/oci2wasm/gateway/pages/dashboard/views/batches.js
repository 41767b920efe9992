// Batches: many images at once, how far they are, and what can be done with them.
import { get, may, post } from '../api.js';
import { announce, h, keyed, svg } from '../dom.js';
import { ago, count, until } from '../format.js';
import { askedBatches, listen, putBatches, state } from '../store.js';

const KINDS = { scan: 'Scan of', reconvert: 'Re-conversion of' };
/** What an image of a batch can be, in the order of the bar. */
const PARTS = ['built', 'reused', 'skipped', 'failed', 'known', 'running', 'waiting'];
const ACTIONS = {
  listing: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
};
/** How often batches are asked for while the event stream is down. */
const ASK = 3000;
const NAMES = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel' };

export function batches(main) {
  const list = h('div');
  const result = h('p', { class: 'result quiet', role: 'status' });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Batches'), result), list));
  let problem = '';
  let connected = state.connected;
  const show = () => {
    result.textContent = problem || (state.moreBatches ? `the newest ${state.batches.length}` : '');
    if (state.batches === undefined) return;
    if (state.batches.length > 0) keyed(list, state.batches, (batch) => batch.id, (batch) => element(batch, act));
    else list.replaceChildren(h('p', { class: 'empty' }, 'No batches. Start one with oci2wasm reconvert or oci2wasm scan.'));
  };
  const attempt = async (what) => {
    problem = await what().then(() => '', (error) => error.message);
    show();
  };
  const ask = async () => {
    if (state.connected) return;
    await attempt(async () => askedBatches(await get('/api/v1/batches', { limit: 50 })));
  };
  const act = async (batch, action) => {
    await attempt(async () => {
      const now = await post(`/api/v1/batches/${encodeURIComponent(batch.id)}/${action}`);
      announce(`The batch is ${now.state}`);
      putBatches([now]);
    });
  };
  show();
  ask();
  const asking = setInterval(ask, ASK);
  const stop = listen(() => {
    if (state.connected && !connected) problem = '';
    connected = state.connected;
    show();
  });
  return () => {
    clearInterval(asking);
    stop();
  };
}

function element(batch, act) {
  const { total, ...parts } = batch.images;
  return h(
    'article',
    { class: 'request', 'aria-label': `Batch ${batch.id}` },
    h(
      'header',
      {},
      h('span', { class: `badge ${batch.state}` }, batch.state),
      h('h3', {}, `${KINDS[batch.kind] ?? batch.kind} ${[batch.registry, ...(batch.repositories ?? [])].join(' ')}`),
      h('span', { class: 'quiet' }, ago(batch.requestedAt), batch.eta ? [' · done in ', until(batch.eta)] : null),
    ),
    bar(total, parts),
    h(
      'dl',
      { class: 'counts' },
      [['images', total], ...PARTS.map((name) => [name, parts[name] ?? 0])]
        .filter(([, number]) => number > 0)
        .map(([name, number]) => h('div', {}, h('dt', {}, name), h('dd', {}, count(number)))),
      batch.measuredRate > 0 ? h('div', {}, h('dt', {}, 'per second'), h('dd', {}, batch.measuredRate.toFixed(1))) : null,
    ),
    batch.message ? h('p', { class: 'message' }, batch.message) : null,
    actions(batch, act),
  );
}

function bar(total, parts) {
  const label = PARTS.filter((name) => parts[name] > 0).map((name) => `${parts[name]} ${name}`).join(', ');
  const picture = svg('svg', { class: 'progress', viewBox: `0 0 ${Math.max(1, total)} 10`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `Of ${total} images: ${label || 'none started'}` });
  let at = 0;
  for (const name of PARTS.filter((part) => part !== 'waiting')) {
    const width = parts[name] ?? 0;
    if (width > 0) picture.append(svg('rect', { class: name, x: at, y: 0, width, height: 10 }));
    at += width;
  }
  return picture;
}

function actions(batch, act) {
  const possible = may('operator') ? (ACTIONS[batch.state] ?? []) : [];
  if (possible.length === 0) return null;
  return h(
    'div',
    { class: 'actions' },
    possible.map((action) => {
      const button = h('button', { type: 'button', class: 'small', 'data-focus': action }, NAMES[action]);
      button.addEventListener('click', () => {
        button.disabled = true;
        act(batch, action);
      });
      return button;
    }),
  );
}
