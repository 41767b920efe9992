// Workers: which there are, and what each does now.
import { get } from '../api.js';
import { h, keyed, showNone, table } from '../dom.js';
import { ago, count, imageText } from '../format.js';
import { imageLink } from '../route.js';
import { refreshing } from '../store.js';

/** What the state of a worker is called, and which badge it has. */
const STATES = { working: ['Working', 'building'], idle: ['Idle', 'queued'], gone: ['Gone', 'failed'] };

export function workers(main) {
  const found = table('Workers', ['Worker', 'State', { name: 'Slots per lane', class: 'end' }, 'Works on', 'Last seen'], { class: 'blocks' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  const number = h('span', { class: 'quiet' });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Workers'), number), h('div', { class: 'body' }, result), found.element));
  const refresh = async () => {
    try {
      const { items } = await get('/api/v1/workers', { limit: 500 });
      result.textContent = '';
      const gone = items.filter((one) => one.state === 'gone').length;
      number.textContent = items.length === 0 ? '' : `${count(items.length - gone)} there${gone > 0 ? `, ${count(gone)} gone` : ''}`;
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
    h('td', { class: 'end', 'data-label': 'slots per lane' }, count(one.slots)),
    h('td', {}, one.tasks.length === 0 ? h('span', { class: 'quiet' }, 'nothing') : h('ul', { class: 'lines' }, one.tasks.map(task))),
    h('td', {}, ago(one.seenAt)),
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
