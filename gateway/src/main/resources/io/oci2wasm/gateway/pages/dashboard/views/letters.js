// Dead letters: what failed for good, by what it has in common; its replay, and its dismissal.
import { get, may, post } from '../api.js';
import { ask } from '../dialog.js';
import { announce, h, keyed, showNone, table } from '../dom.js';
import { ago, badge, count, imageName, imageText, OTHER_STATES } from '../format.js';
import { filters, paged, questions } from '../list.js';
import { link } from '../route.js';
import { listen, state } from '../store.js';
import { digest } from './image.js';
import { imageCell } from './now.js';

const FILTERS = [
  { name: 'stage', label: 'Stage', words: ['gateway', 'ingest', 'resolve', 'translate', 'build', 'deliver', 'notify'] },
  { name: 'reason', label: 'Reason', hint: 'any' },
  { name: 'repository', label: 'Repository', hint: 'any, or team/*' },
  { name: 'state', label: 'State', words: ['open', 'replayed', 'dismissed', 'any'], names: OTHER_STATES, standard: 'open' },
];
const GROUPS = 50;
/** What is done needs a moment until it is seen. */
const SOON = 500;

export function letters(main, parameters) {
  const result = h('p', { class: 'result', role: 'status' });
  const groups = table('Dead letters by what they have in common', ['Reason', 'Stage', { name: 'Letters', class: 'end' }, 'Repositories', { name: 'Last', class: 'end' }, ''], { class: 'blocks' });
  const found = table('Dead letters', ['Image', 'Stage', 'Reason', { name: 'Attempts', class: 'end' }, { name: 'Failed', class: 'end' }, ''], { class: 'blocks' });
  let list;
  const filter = filters('dead-letters', parameters, FILTERS, () => refresh());
  const query = () => {
    const { state: which, ...others } = filter.values();
    return { ...others, registry: parameters.get('registry') ?? undefined, request: parameters.get('request') ?? undefined, state: which === 'any' ? undefined : which };
  };
  const all = { replay: h('button', { type: 'button' }, 'Replay all of these…'), dismiss: h('button', { type: 'button' }, 'Dismiss all of these…') };
  for (const button of Object.values(all)) button.hidden = !may('operator') || parameters.has('request');

  let shown = [];
  const question = questions();
  const refreshGroups = async () => {
    const isNewest = question();
    const wanted = query();
    try {
      const { items } = await get('/api/v1/dead-letters/groups', { ...wanted, by: wanted.reason ? 'repository' : 'reason', limit: GROUPS });
      if (!isNewest()) return;
      shown = items;
      const open = wanted.state === 'open' && items.length > 0;
      all.replay.disabled = !open || items.every((one) => one.replayable === 0);
      all.dismiss.disabled = !open;
      if (items.length > 0) keyed(groups.body, items, (one) => JSON.stringify([one.stage, one.reason, one.registry, one.repository]), (one) => groupRow(one, wanted, act));
      else showNone(groups.body, 6, wanted.state === 'open' ? 'Nothing has failed for good.' : 'Nothing that failed for good matches.');
    } catch (error) {
      if (isNewest()) say(error.message);
    }
  };
  const say = (text) => {
    result.textContent = text;
  };
  const refresh = () => {
    refreshGroups();
    list.refresh();
  };
  const attempt = async (what) => {
    try {
      const said = await what();
      if (said) {
        say(said);
        announce(said);
      }
    } catch (error) {
      say(error.message);
    }
    setTimeout(refresh, SOON);
  };
  /** To what is shown, and to nothing that fails meanwhile. */
  const act = (action, selection) => attempt(() => ACTIONS[action]({ ...selection, before: newest(shown.map((one) => one.lastDeadAt)) }));
  const one = (action, letter) =>
    attempt(async () => {
      const answer = await post(`/api/v1/dead-letters/${encodeURIComponent(letter.id)}/${action}`);
      return `${name(letter)}: ${answer.result ?? answer.state}.`;
    });
  for (const [action, button] of Object.entries(all)) {
    button.addEventListener('click', () => {
      const { stage, reason, registry, repository } = query();
      act(action, { stage, reason, registry, repository });
    });
  }
  list = paged({
    view: 'dead-letters',
    parameters,
    path: '/api/v1/dead-letters',
    query,
    found,
    columns: 6,
    key: (letter) => letter.id,
    row: (letter) => row(letter, one),
    empty: () => 'No dead letters that match.',
    live: false,
  });
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Failures'), h('div', { class: 'actions' }, all.replay, all.dismiss)),
      h('div', { class: 'body' }, filter.element, narrowed(parameters), result),
      groups.element,
    ),
    h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Dead letters')), found.element, list.pager),
  );
  refreshGroups();
  let open = state.summary?.deadLetters;
  const stop = listen(() => {
    if (state.summary?.deadLetters === open) return;
    open = state.summary?.deadLetters;
    refresh();
  });
  return () => {
    filter.stop();
    list.stop();
    stop();
  };
}

/** What the address narrows beside the filters that are shown. */
function narrowed(parameters) {
  const rest = ['registry', 'request'].filter((name) => parameters.has(name));
  if (rest.length === 0) return null;
  const others = Object.fromEntries([...parameters].filter(([name]) => !rest.includes(name) && name !== 'page'));
  return h('p', { class: 'quiet' }, 'Only of ', rest.map((name) => [`${name} `, h('code', {}, parameters.get(name)), ' ']), '· ', h('a', { href: link('dead-letters', others) }, 'of all'));
}

function name(letter) {
  return letter.image ? imageName(letter.image) : letter.id;
}

function groupRow(group, wanted, act) {
  const { stage, reason, registry, repository } = group;
  const byRepository = repository !== undefined;
  const target = link('dead-letters', { stage, reason, registry: registry ?? wanted.registry, repository: repository ?? wanted.repository, state: wanted.state === 'open' ? undefined : (wanted.state ?? 'any') });
  const label = `${reason} at ${stage}${byRepository ? ` of ${registry}/${repository}` : ''}`;
  const selection = { stage, reason, registry: registry ?? wanted.registry, repository: repository ?? wanted.repository };
  const button = (action, text) => {
    const element = h('button', { type: 'button', class: 'small', 'data-focus': action, 'aria-label': `${text} ${label}` }, `${text}…`);
    element.addEventListener('click', () => act(action, selection));
    return element;
  };
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, h('a', { href: target, 'data-focus': 'group' }, reason)),
    h('td', { class: 'tight' }, stage),
    h('td', { class: 'end', 'data-label': group.letters === 1 ? 'letter' : 'letters' }, count(group.letters)),
    h('td', {}, byRepository ? imageText({ registry, repository }) : group.repositories > 0 ? `${count(group.repositories)} ${group.repositories === 1 ? 'repository' : 'repositories'}` : 'about no image'),
    h('td', { class: 'end' }, ago(group.lastDeadAt)),
    h('td', { class: 'end' }, may('operator') && wanted.state === 'open' ? h('span', { class: 'bundle' }, group.replayable > 0 ? button('replay', 'Replay') : null, button('dismiss', 'Dismiss')) : null),
  );
}

function row(letter, act) {
  const button = (action, text) => {
    const element = h('button', { type: 'button', class: 'small', 'data-focus': action, 'aria-label': `${text} ${name(letter)}` }, text);
    element.addEventListener('click', () => {
      element.disabled = true;
      act(action, letter);
    });
    return element;
  };
  // What the gateway could not store it stores by itself, as soon as it can.
  const replayable = letter.source !== 'gateway';
  const possible = may('operator') ? { open: [replayable ? button('replay', 'Replay') : null, button('dismiss', 'Dismiss')], dismissed: [button('reopen', 'Open again')], replayed: [] }[letter.state] : [];
  return h(
    'tr',
    {},
    letter.image ? imageCell(letter) : h('td', { class: 'image' }, digest(letter.id)),
    h('td', { class: 'tight' }, letter.stage),
    h('td', {}, h('div', {}, letter.reason), h('div', { class: 'message' }, letter.message)),
    h('td', { class: 'end', 'data-label': letter.attempts === 1 ? 'attempt' : 'attempts' }, count(letter.attempts)),
    h('td', { class: 'end' }, ago(letter.deadAt)),
    h('td', { class: 'end' }, letter.state === 'open' ? null : [badge(letter), letter.dismissedBy && letter.state === 'dismissed' ? h('div', { class: 'message' }, 'by ', letter.dismissedBy, ' ', ago(letter.dismissedAt)) : null], h('span', { class: 'bundle' }, possible)),
  );
}

/** What is done with many, after a question that says how many; each resolves to what was done, or nothing. */
const ACTIONS = {
  async replay(filter) {
    const selection = selected(filter);
    const planned = await post('/api/v1/dead-letters/replay', { ...selection, dryRun: true });
    const would = planned.items.filter((item) => item.result === 'would-replay').length;
    const title = would === 1 ? 'Replay 1 dead letter?' : `Replay ${count(would)} dead letters?`;
    const text = [would > 0 ? 'Each one starts again at the stage where it failed.' : 'None of them can be replayed.', refusals(planned.items)];
    if (!(await ask({ title, text, action: 'Replay', possible: would > 0 }))) return undefined;
    const { items } = await post('/api/v1/dead-letters/replay', selection);
    return `${count(items.filter((item) => item.result === 'replayed').length)} replayed.${refusals(items)}`;
  },
  async dismiss(filter) {
    const selection = selected(filter);
    const { letters: would } = await post('/api/v1/dead-letters/dismiss', { ...selection, dryRun: true });
    const title = would === 1 ? 'Dismiss 1 dead letter?' : `Dismiss ${count(would)} dead letters?`;
    const text = 'They count as done. They stay here under dismissed, can be opened again, and are open again when they fail again.';
    if (!(await ask({ title, text, action: 'Dismiss', possible: would > 0 }))) return undefined;
    return `${count((await post('/api/v1/dead-letters/dismiss', selection)).letters)} dismissed.`;
  },
};

/** The last of these times, which differ in how many digits they have. */
function newest(times) {
  const sortable = (time) => time.replace(/(\.\d+)?Z$/, (_, digits = '.') => digits.padEnd(10, '0'));
  return times.sort((one, other) => (sortable(one) < sortable(other) ? -1 : 1)).at(-1);
}

function selected({ before, ...filter }) {
  const selection = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== ''));
  if (Object.keys(selection).length === 0) selection.all = true;
  return before === undefined ? selection : { ...selection, before };
}

function refusals(items) {
  const refused = items.filter((item) => item.result === 'refused').length;
  return refused > 0 ? ` ${count(refused)} can never be replayed.` : '';
}
