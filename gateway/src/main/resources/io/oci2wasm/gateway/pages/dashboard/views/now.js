// What is happening now: stages, queues, rates, failures, and the last outcomes.
import { announce, h, keyed, showNone, svg, table } from '../dom.js';
import { ago, badge, bytes, count, duration, imageName, imageText, STATES, took } from '../format.js';
import { imageLink, link } from '../route.js';
import { firstSteps } from '../senders.js';
import { isEnded, known, listen, state } from '../store.js';

const RUNNING = ['queued', 'ingesting', 'resolving', 'translating', 'building'];
const STAGES = ['ingest', 'resolve', 'translate', 'build'];
/** Only where bundles are trained. */
const SHOWN_IF_ANY = 'translating';
const OUTCOMES = ['built', 'skipped', 'failed'];
const LANES = ['push', 'bulk'];
const MINUTES = 30;
const ROWS = 12;

export function now(main) {
  const stages = h('ul', { class: 'stages' });
  const running = table('Conversions in progress', ['Image', 'Platform', 'Stage', 'Lane', { name: 'For', class: 'end' }], { class: 'fixed' });
  const more = h('span', { class: 'quiet' });
  const queues = table('Queues', ['Stage', ...LANES.flatMap((lane) => [{ name: `${lane} waiting`, class: 'end' }, { name: 'oldest', class: 'end' }])], { class: 'ages' });
  const retries = h('span', { class: 'quiet' });
  const chart = h('div', { class: 'body' });
  const failures = table('Failures by reason', ['Reason', { name: 'Conversions', class: 'end' }]);
  const outcomes = table('The last outcomes', ['Image', 'Platform', 'Outcome', 'Bundle or reason', { name: 'When', class: 'end' }], { class: 'fixed' });
  main.append(
    panel('In progress', undefined, stages),
    h(
      'div',
      { class: 'columns' },
      h('div', { class: 'stack' }, panel('Converting now', more, running.element), panel('Last outcomes', undefined, outcomes.element)),
      h(
        'div',
        { class: 'stack' },
        panel('Outcomes per minute', h('span', { class: 'quiet' }, 'last 30 minutes'), chart),
        panel('Queues', retries, queues.element),
        panel('Failures by reason', h('span', { class: 'quiet' }, 'last 24 hours'), failures.element),
      ),
    ),
  );
  const told = new Set(known().filter(isEnded).map((one) => one.id));
  const update = () => {
    showStages(stages);
    showRunning(running.body, more);
    showQueues(queues.body, retries);
    showChart(chart);
    showFailures(failures.body);
    showOutcomes(outcomes.body);
    tell(told);
  };
  update();
  return listen(update);
}

function panel(title, aside, ...content) {
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, title), aside), content);
}

/** Before the gateway has told anything, nobody knows whether there is nothing. */
function rows(body, items, columns, nothing, key, render, isKnown = state.summary !== undefined) {
  if (items.length > 0) keyed(body, items, key, render);
  else showNone(body, columns, isKnown ? nothing : 'Not known yet.');
}

function showStages(list) {
  const open = state.summary?.open ?? [];
  const shown = known();
  // What is counted every few seconds only may be fewer than are listed by now.
  const items = RUNNING.map((name) => {
    const lanes = LANES.map((lane) => {
      const is = (one) => one.state === name && one.lane === lane;
      const counted = open.filter(is).reduce((sum, one) => sum + one.count, 0);
      return { lane, number: Math.max(counted, shown.filter(is).length) };
    }).filter((one) => one.number > 0);
    const total = lanes.reduce((sum, one) => sum + one.number, 0);
    return { name, total, lanes: lanes.map((one) => `${count(one.number)} ${one.lane}`).join(' · ') };
  }).filter(({ name, total }) => name !== SHOWN_IF_ANY || total > 0);
  keyed(list, items, (item) => item.name, ({ name, total, lanes }) =>
    h(
      'li',
      {},
      h('span', { class: 'name' }, STATES[name]),
      h('span', { class: `number ${total === 0 ? 'zero' : ''}` }, count(total)),
      h('div', { class: 'lanes' }, lanes),
    ),
  );
}

function showRunning(body, more) {
  const all = known().filter((one) => !isEnded(one));
  // What is worked on comes first, then what waits; the furthest first.
  const place = (one) => RUNNING.indexOf(one.state) * STAGES.length + STAGES.indexOf(one.stage);
  all.sort((one, other) => place(other) - place(one));
  const total = (state.summary?.open ?? []).reduce((sum, one) => sum + one.count, 0);
  // The total is counted every few seconds only: it says something where the list is cut.
  const left = total - ROWS;
  more.textContent = all.length > ROWS && left > 0 ? `and ${count(left)} more` : '';
  rows(body, all.slice(0, ROWS), 5, 'Nothing is being converted.', (one) => one.id, (one) =>
    h(
      'tr',
      {},
      imageCell(one),
      h('td', { class: 'tight' }, one.platform ?? ''),
      h('td', { class: 'tight' }, badge(one)),
      h('td', { class: 'tight' }, one.lane),
      h('td', { class: 'end' }, ago(one.since, '')),
    ),
  );
}

/** Cells link to the image's page. */
export function imageCell(one) {
  const more = one.image.tag ? {} : { request: one.requestId };
  return h('td', { class: 'image' }, h('a', { href: imageLink(one.image, more), 'data-focus': 'image' }, imageText(one.image)));
}

function showQueues(body, retries) {
  const levels = state.queues;
  const stages = [...new Set((levels?.queues ?? []).map((queue) => queue.stage))];
  const lanes = stages.map((stage) => ({ stage, queues: LANES.map((lane) => levels.queues.find((one) => one.stage === stage && one.lane === lane)) }));
  rows(body, lanes, 5, 'Kafka has not answered yet.', ({ stage }) => stage, ({ stage, queues }) => queueRow(stage, queues), true);
  const waiting = (levels?.retries ?? []).reduce((sum, one) => sum + one.waiting, 0);
  retries.textContent = waiting > 0 ? `${count(waiting)} waiting for another attempt` : '';
}

function queueRow(stage, queues) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, stage),
    queues.map(({ depth, running, oldest }) => [
      h('td', { class: depth > 0 ? 'end deep' : 'end quiet', title: `${count(running)} in progress` }, count(depth)),
      h('td', { class: 'end' }, oldest ? ago(oldest, '') : h('span', { class: 'quiet' }, '–')),
    ]),
  );
}

function showChart(place) {
  const end = Math.floor(Date.now() / 60_000);
  const ended = state.summary?.ended ?? [];
  const minutes = Array.from({ length: MINUTES }, (_, i) => {
    const ofMinute = ended.filter((one) => Date.parse(one.minute) / 60_000 === end - MINUTES + 1 + i);
    return Object.fromEntries(OUTCOMES.map((name) => [name, ofMinute.find((one) => one.state === name)?.count ?? 0]));
  });
  const version = JSON.stringify(minutes);
  if (place.dataset.version === version) return;
  place.dataset.version = version;
  const totals = Object.fromEntries(OUTCOMES.map((name) => [name, minutes.reduce((sum, minute) => sum + minute[name], 0)]));
  const last = minutes[MINUTES - 2];
  place.replaceChildren(
    ...bars(minutes, totals, end),
    h(
      'div',
      { class: 'legend' },
      OUTCOMES.map((name) => h('span', { class: name }, h('b', {}, count(totals[name])), ` ${STATES[name].toLowerCase()}`)),
      h('div', {}, h('b', {}, count(OUTCOMES.reduce((sum, name) => sum + last[name], 0))), ' in the last full minute'),
    ),
  );
}

function bars(minutes, totals, end) {
  const highest = Math.max(4, ...minutes.map((minute) => OUTCOMES.reduce((sum, name) => sum + minute[name], 0)));
  const label = OUTCOMES.map((name) => `${totals[name]} ${name}`).join(', ');
  const picture = svg('svg', { class: 'chart', viewBox: `0 0 ${MINUTES * 10} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `In 30 minutes: ${label}` });
  minutes.forEach((minute, i) => {
    let top = 98;
    const time = new Date((end - MINUTES + 1 + i) * 60_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    const told = OUTCOMES.map((name) => `${count(minute[name])} ${STATES[name].toLowerCase()}`).join(', ');
    picture.append(svg('rect', { class: 'minute', x: i * 10, y: 0, width: 10, height: 98 }, svg('title', {}, `${time}: ${told}`)));
    for (const name of OUTCOMES) {
      const height = (minute[name] / highest) * 94;
      top -= height;
      if (height > 0) picture.append(svg('rect', { class: name, x: i * 10 + 1.2, y: top, width: 7.6, height, 'pointer-events': 'none' }));
    }
  });
  picture.append(svg('line', { class: 'base', x1: 0, x2: MINUTES * 10, y1: 98.5, y2: 98.5, 'vector-effect': 'non-scaling-stroke' }));
  const at = (minutesAgo) => new Date((end - minutesAgo) * 60_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return [
    h('div', { class: 'chart-frame' }, h('span', { class: 'axis' }, count(highest), h('span', {}, '0')), picture),
    h('div', { class: 'axis times' }, [MINUTES - 1, MINUTES / 2, 0].map((minutesAgo) => h('span', {}, at(minutesAgo)))),
  ];
}

function showFailures(body) {
  rows(body, state.summary?.failures ?? [], 2, 'None.', (one) => one.reason, (one) =>
    h(
      'tr',
      {},
      h('td', {}, h('a', { href: link('dead-letters', { reason: one.reason }), 'data-focus': 'reason' }, one.reason)),
      h('td', { class: 'end' }, count(one.count)),
    ),
  );
}

function showOutcomes(body) {
  const ended = known().filter(isEnded).slice(0, ROWS);
  rows(body, ended, 5, state.summary !== undefined && known().length === 0 ? firstSteps : 'None yet.', (one) => one.id, (one) =>
    h(
      'tr',
      {},
      imageCell(one),
      h('td', { class: 'tight' }, one.platform ?? ''),
      h('td', { class: 'tight' }, badge(one)),
      h('td', {}, outcome(one)),
      h('td', { class: 'end' }, ago(one.updatedAt, '')),
    ),
  );
}

/** The bundle with its Run button, or why there is none. */
export function outcome(one) {
  if (one.state === 'removed') return h('span', { title: one.message ?? '' }, 'removed by retention');
  if (one.state !== 'built') return h('span', { title: one.message ?? '' }, one.reason ?? '');
  const size = bytes(one.bundle.size + (one.bundle.data?.size ?? 0));
  const time = one.workedMs === undefined ? '' : ` in ${duration(one.workedMs)}`;
  return h('span', { class: 'bundle' }, runLink(one), h('span', { class: 'quiet', title: took(one) }, size + time));
}

export function runLink(one) {
  const query = new URLSearchParams({ conversion: one.conversionId, image: imageName(one.image), platform: one.platform ?? '' });
  const label = `Run ${imageName(one.image)} ${one.platform ?? ''}`;
  return h('a', { class: 'button small', href: `/run/?${query}`, 'aria-label': label, 'data-focus': 'run' }, 'Run');
}

/** Says what ended since the last time. */
function tell(told) {
  const fresh = known().filter((one) => isEnded(one) && !told.has(one.id));
  fresh.forEach((one) => told.add(one.id));
  if (fresh.length === 1) announce(`${imageName(fresh[0].image)} ${fresh[0].platform ?? ''}: ${STATES[fresh[0].state]}`);
  else if (fresh.length > 1) announce(`${fresh.length} conversions ended`);
}
