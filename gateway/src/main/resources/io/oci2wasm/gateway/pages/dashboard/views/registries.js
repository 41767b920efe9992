// Registries: who tells of pushes, the last scan, and what failed.
import { get } from '../api.js';
import { h, keyed, showNone, table } from '../dom.js';
import { ago, badge, count } from '../format.js';
import { link } from '../route.js';
import { askedBy, firstSteps } from '../senders.js';
import { refreshing } from '../store.js';

export function registries(main) {
  const found = table('Registries', ['Registry', 'Last told or asked for', 'Last scan', 'Failed in 24 hours'], { class: 'blocks' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Registries'), result), found.element));
  const refresh = async () => {
    try {
      const { items } = await get('/api/v1/registries', { limit: 500 });
      result.textContent = '';
      if (items.length > 0) keyed(found.body, items, (one) => one.registry, row);
      else showNone(found.body, 4, firstSteps);
    } catch (error) {
      result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

function row({ registry, senders, failures, lastScan }) {
  return h(
    'tr',
    {},
    h('td', { class: 'image repository' }, registry),
    h(
      'td',
      {},
      h(
        'ul',
        { class: 'lines' },
        [...senders].sort((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt)).map(({ sender, lastAt }) => h('li', {}, askedBy(sender), ' ', h('span', { class: 'quiet' }, ago(lastAt)))),
      ),
    ),
    h('td', {}, lastScan ? [badge({ state: lastScan.state }), ' ', ago(lastScan.requestedAt), lastScan.message ? h('div', { class: 'message' }, lastScan.message) : null] : h('span', { class: 'quiet' }, 'never scanned')),
    h(
      'td',
      { 'data-label': failures.length === 0 ? 'failed in 24 hours' : undefined },
      failures.length === 0
        ? h('span', { class: 'quiet' }, 'nothing')
        : h(
            'ul',
            { class: 'lines' },
            failures.map((one) => h('li', {}, h('a', { href: link('dead-letters', { registry, reason: one.reason }), 'data-focus': one.reason }, one.reason), ` ${count(one.count)}, `, h('span', { class: 'quiet' }, 'last ', ago(one.lastAt)))),
          ),
    ),
  );
}
