// Registries: who tells of pushes, the last scan, what failed, and how hard workers may ask each.
import { get } from '../api.js';
import { h, keyed, showNone, table } from '../dom.js';
import { ago, badge, bytes, count, until } from '../format.js';
import { link } from '../route.js';
import { askedBy, firstSteps } from '../senders.js';
import { refreshing } from '../store.js';

export function registries(main) {
  const found = table('Registries', ['Registry', 'Last told or asked for', 'Last scan', 'Failed in 24 hours', 'Limits, and what is asked now'], { class: 'blocks' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  const begin = h('section', { class: 'panel', hidden: true }, h('header', {}, h('h2', {}, 'How a registry tells of pushes')), h('div', { class: 'body' }, firstSteps()));
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Registries'), result), found.element), begin);
  const refresh = async () => {
    try {
      const { items } = await get('/api/v1/registries', { limit: 500 });
      result.textContent = '';
      if (items.length > 0) keyed(found.body, items, (one) => one.registry, row);
      else showNone(found.body, 5, 'No worker may ask a registry, and none has told of a push. registries.allow in the configuration, or up --allow-registry, names those that are asked.');
      begin.hidden = items.some((one) => one.senders.length > 0);
    } catch (error) {
      result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

/** What the configuration gives as `16k` or `8m` in its unit; else rounded. */
function size(number) {
  return number % 2 ** 20 === 0 ? `${count(number / 2 ** 20)} MiB` : number % 2 ** 10 === 0 ? `${count(number / 2 ** 10)} KiB` : bytes(number);
}

/** The limits that there are. */
function limits({ workers, concurrentRequests, requestsPerSecond, bytesPerSecond, leastBytesPerSecond }) {
  const said = [
    workers > 1 && `each of ${count(workers)} workers:`,
    concurrentRequests > 0 && `${count(concurrentRequests)} ${concurrentRequests === 1 ? 'request' : 'requests'} at a time`,
    requestsPerSecond > 0 && `${count(requestsPerSecond)} requests a second`,
    bytesPerSecond > 0 && `${size(bytesPerSecond)} a second`,
    leastBytesPerSecond > 0 && `given up below ${size(leastBytesPerSecond)} a second`,
  ].filter(Boolean);
  return said.length > 0 ? said : ['no limits'];
}

/** What is asked of a registry, if workers tell. */
function use({ allowed, use: now }) {
  if (allowed === false) return [h('span', { class: 'badge failed' }, 'not allowed'), h('div', { class: 'message' }, 'No worker may ask it: registries.allow does not name it.')];
  if (!now) return h('span', { class: 'quiet' }, 'no worker tells');
  const asked = now.requests === 0 && now.waiting === 0 ? 'nothing is asked now' : `${count(now.requests)} asked now${now.waiting > 0 ? `, ${count(now.waiting)} wait` : ''}`;
  return h(
    'ul',
    { class: 'lines' },
    now.limits.flatMap(limits).map((one) => h('li', {}, one)),
    h('li', { class: 'quiet' }, asked),
    now.waitUntil && Date.parse(now.waitUntil) > Date.now() ? h('li', {}, h('span', { class: 'badge failed' }, 'asks to wait'), ` ${until(now.waitUntil)} more`) : null,
  );
}

function row(one) {
  const { registry, senders, failures, lastScan } = one;
  return h(
    'tr',
    {},
    h('td', { class: 'image repository whole-words' }, registry),
    h(
      'td',
      {},
      h(
        'ul',
        { class: 'lines' },
        senders.length === 0 ? h('li', { class: 'quiet' }, 'nothing was pushed yet') : null,
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
            failures.map((each) => h('li', {}, h('a', { href: link('dead-letters', { registry, reason: each.reason }), 'data-focus': each.reason }, each.reason), ` ${count(each.count)}, `, h('span', { class: 'quiet' }, 'last ', ago(each.lastAt)))),
          ),
    ),
    h('td', {}, use(one)),
  );
}
