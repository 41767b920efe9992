// Workers: which there are, what each does now, and the engines that they build with.
import { get } from '../api.js';
import { h, keyed, showNone, table } from '../dom.js';
import { ago, count, imageText } from '../format.js';
import { imageLink, link } from '../route.js';
import { refreshing } from '../store.js';
import { digest } from './image.js';

/** What the state of a worker is called, and which badge it has. */
const STATES = { working: ['Working', 'building'], idle: ['Idle', 'queued'], gone: ['Gone', 'failed'] };

export function workers(main) {
  const found = table('Workers', ['Worker', 'State', { name: 'Slots per lane', class: 'end' }, 'Works on', 'Last seen'], { class: 'blocks' });
  const engines = enginesPanel();
  const result = h('p', { class: 'result quiet', role: 'status' });
  const number = h('span', { class: 'quiet' });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Workers'), number), h('div', { class: 'body' }, result), found.element), engines.panel);
  const refresh = async () => {
    try {
      const { items } = await get('/api/v1/workers', { limit: 500 });
      result.textContent = '';
      const gone = items.filter((one) => one.state === 'gone').length;
      number.textContent = items.length === 0 ? '' : `${count(items.length - gone)} there${gone > 0 ? `, ${count(gone)} gone` : ''}`;
      engines.show(items.filter((one) => one.state !== 'gone'));
      if (items.length > 0) keyed(found.body, items, (one) => one.id, row);
      else showNone(found.body, 5, 'No worker has told that it is there. Pushes wait until ingest-worker, resolve-worker and build-worker run and reach Kafka.');
    } catch (error) {
      result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

function row(one) {
  const [name, style] = STATES[one.state];
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, h('div', { class: 'repository' }, `${one.stage}-worker`), h('div', { class: 'message' }, `${one.process}, version ${one.version}, started `, ago(one.startedAt))),
    h('td', {}, h('span', { class: `badge ${style}` }, name)),
    h('td', { class: 'end', 'data-label': one.slots === 1 ? 'slot per lane' : 'slots per lane' }, count(one.slots)),
    h('td', { class: one.tasks.length === 0 ? 'told' : undefined }, one.tasks.length === 0 ? h('span', { class: 'quiet' }, 'nothing') : h('ul', { class: 'lines' }, one.tasks.map(task))),
    h('td', { 'data-before': 'seen' }, ago(one.seenAt)),
  );
}

function task(one) {
  return h(
    'li',
    {},
    h('a', { href: imageLink(one.image, one.image.tag ? {} : { request: one.requestId }), 'data-focus': one.conversion }, imageText(one.image)),
    h('span', { class: 'quiet' }, ` ${one.lane}${one.attempt > 1 ? `, attempt ${one.attempt}` : ''}, since `, ago(one.since, '')),
  );
}

/** What bundles are built with; several of one platform while workers of two versions are there. */
function enginesPanel() {
  const found = table('Engines', ['Platforms', 'Version', 'Digest', { name: 'Workers', class: 'end' }], { class: 'blocks' });
  const panel = h(
    'section',
    { class: 'panel' },
    h('header', {}, h('h2', {}, 'Engines'), h('a', { class: 'button small', href: link('batches') }, 'Convert again…')),
    h('div', { class: 'body' }, h('p', { class: 'quiet' }, 'A bundle keeps the engine that it was built with. After an upgrade, a batch converts images again.')),
    found.element,
  );
  const show = (workers) => {
    const all = enginesOf(workers);
    if (all.length > 0) keyed(found.body, all, (one) => one.digest, engine);
    else showNone(found.body, 4, 'No build-worker has told which engines it has.');
  };
  return { panel, show };
}

function enginesOf(workers) {
  const all = new Map();
  for (const worker of workers) {
    for (const { platform, version, digest: name } of worker.engines ?? []) {
      const one = all.get(name) ?? { digest: name, version, platforms: new Set(), workers: new Set() };
      one.platforms.add(platform);
      one.workers.add(worker.id);
      all.set(name, one);
    }
  }
  return [...all.values()].map((one) => ({ ...one, platforms: [...one.platforms].sort(), workers: one.workers.size })).sort((a, b) => (a.platforms[0] < b.platforms[0] ? -1 : 1));
}

function engine(one) {
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, one.platforms.join(', ')),
    h('td', {}, one.version),
    h('td', {}, digest(one.digest)),
    h('td', { class: 'end', 'data-label': one.workers === 1 ? 'worker' : 'workers' }, count(one.workers)),
  );
}
