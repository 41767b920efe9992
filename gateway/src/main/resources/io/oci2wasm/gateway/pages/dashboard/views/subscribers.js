// Subscribers: who is told of outcomes, and how that goes.
import { get } from '../api.js';
import { h, keyed, showNone, table } from '../dom.js';
import { ago, count, duration } from '../format.js';
import { link } from '../route.js';
import { refreshing } from '../store.js';

export function subscribers(main) {
  const found = table('Subscribers', ['Subscriber', 'Told of', { name: 'Delivered', class: 'end' }, { name: 'Tried again', class: 'end' }, { name: 'Given up', class: 'end' }, 'Last delivery', 'Last problem'], { class: 'blocks' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Subscribers'), h('span', { class: 'quiet' }, 'since this gateway started')),
      h('div', { class: 'body' }, result),
      found.element,
    ),
  );
  const refresh = async () => {
    try {
      const { items } = await get('/api/v1/subscribers');
      result.textContent = '';
      if (items.length > 0) keyed(found.body, items, (one) => one.name, row);
      else showNone(found.body, 7, 'Nobody is told of outcomes. gateway.subscribers in the configuration names services that are, by signed HTTP posts.');
    } catch (error) {
      result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

function row(one) {
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, h('div', { class: 'repository' }, one.name), h('div', { class: 'message' }, `${one.address}, ${duration(one.timeoutMs)} for an answer, tried for ${duration(one.retryForMs)}`)),
    h('td', {}, one.events.join(', ')),
    h('td', { class: 'end', 'data-label': 'delivered' }, count(one.delivered)),
    h('td', { class: 'end', 'data-label': 'tried again' }, count(one.retried)),
    h('td', { class: 'end', 'data-label': 'given up' }, one.givenUp > 0 ? h('a', { href: link('dead-letters', { stage: 'notify' }), 'data-focus': 'letters' }, count(one.givenUp)) : count(0)),
    h('td', { 'data-before': 'last delivery:' }, one.lastDeliveredAt ? ago(one.lastDeliveredAt) : h('span', { class: 'quiet' }, 'none yet')),
    h('td', { 'data-before': 'last problem:' }, one.lastProblemAt ? [one.lastProblem, ' ', h('span', { class: 'quiet' }, ago(one.lastProblemAt))] : h('span', { class: 'quiet' }, 'none')),
  );
}
