// Batches: many images at once, how far they are, and what can be done with them.
import { get, may, post } from '../api.js';
import { ask, form } from '../dialog.js';
import { announce, h, keyed, svg } from '../dom.js';
import { ago, badge, bytes, count, imageName, until } from '../format.js';
import { link } from '../route.js';
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
const NAMES = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel…' };
const PAGE = 50;

export function batches(main, parameters) {
  const page = parameters.get('page') ?? undefined;
  const list = h('div');
  const result = h('p', { class: 'result quiet', role: 'status' });
  const start = h('button', { type: 'button', hidden: !may('operator') }, 'Start a batch…');
  const first = h('a', { class: 'button small', href: link('batches'), hidden: page === undefined }, 'First page');
  const next = h('a', { class: 'button small', hidden: true }, 'Next page');
  main.append(
    h(
      'section',
      { class: 'panel' },
      h('header', {}, h('h2', {}, 'Batches'), start),
      h('div', { class: 'body' }, result),
      list,
      h('div', { class: 'pager' }, h('nav', { 'aria-label': 'Pages', class: 'pages' }, first, next)),
    ),
  );
  let problem = '';
  let connected = state.connected;
  let older;
  const show = () => {
    const shown = page === undefined ? state.batches : older;
    result.textContent = problem;
    if (shown === undefined) return;
    if (shown.length > 0) keyed(list, shown, (batch) => batch.id, (batch) => element(batch, act));
    else list.replaceChildren(h('p', { class: 'empty' }, 'No batches. A scan converts what a registry has and nobody asked for; a re-conversion converts again what was asked for, say for a new engine.'));
    if (page === undefined && next.hidden && state.moreBatches) lookForNext();
  };
  /** The stream tells of the newest only, and not how to go on. */
  const lookForNext = async () => {
    next.hidden = false;
    try {
      const answer = await get('/api/v1/batches', { limit: PAGE });
      next.href = link('batches', { page: answer.next });
      next.hidden = answer.next === undefined;
    } catch {
      next.hidden = true;
    }
  };
  const attempt = async (what) => {
    problem = await what().then(() => '', (error) => error.message);
    show();
  };
  const askAgain = async () => {
    if (page !== undefined) {
      await attempt(async () => {
        const answer = await get('/api/v1/batches', { limit: PAGE, page });
        older = answer.items;
        next.href = link('batches', { page: answer.next });
        next.hidden = answer.next === undefined;
      });
    } else if (!state.connected) {
      await attempt(async () => askedBatches(await get('/api/v1/batches', { limit: PAGE })));
    }
  };
  const act = async (batch, action) => {
    if (action === 'cancel' && !(await cancelling(batch))) return;
    await attempt(async () => {
      const now = await post(`/api/v1/batches/${encodeURIComponent(batch.id)}/${action}`);
      announce(`The batch is ${now.state}`);
      told(now);
    });
  };
  const told = (batch) => {
    older = older?.map((one) => (one.id === batch.id ? batch : one));
    putBatches([batch]);
  };
  start.addEventListener('click', () =>
    attempt(async () => {
      const begun = await starting();
      if (begun) {
        announce('The batch has begun');
        told(begun);
      }
    }),
  );
  show();
  askAgain();
  const asking = setInterval(askAgain, ASK);
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

function title(batch) {
  return `${KINDS[batch.kind] ?? batch.kind} ${[batch.registry, ...(batch.repositories ?? [])].join(' ')}`;
}

function cancelling(batch) {
  const left = batch.images.waiting;
  return ask({
    title: 'Cancel this batch?',
    text: `${title(batch)}. ${count(left)} image${left === 1 ? '' : 's'} will not be begun, and it cannot be resumed. What is running goes on to its end.`,
    action: 'Cancel the batch',
  });
}

/** Asks what is wanted, says what that means, and begins it; undefined if it is not wanted after all. */
async function starting() {
  const kind = h('select', { name: 'kind' }, h('option', { value: 'reconvert' }, 'Convert again what was asked for'), h('option', { value: 'scan' }, 'Scan for what nobody asked for'));
  const registry = h('input', { name: 'registry', required: true, placeholder: 'registry.example:5000', spellcheck: 'false', autocomplete: 'off' });
  const repositories = h('input', { name: 'repositories', placeholder: 'all, or team/* other/app', spellcheck: 'false', autocomplete: 'off' });
  const rate = h('input', { name: 'rate', type: 'number', min: 0, step: 'any', placeholder: 'no limit' });
  const force = h('input', { name: 'force', type: 'checkbox' });
  const forced = h('label', { class: 'check' }, force, ' Build also what has its bundle');
  kind.addEventListener('change', () => {
    forced.hidden = kind.value === 'scan';
  });
  let order;
  let preview;
  const fields = [['Kind', kind], ['Registry', registry], ['Repositories', repositories], ['Images a second, at most', rate]];
  const answer = await form(
    'Start a batch',
    [fields.map(([label, input]) => h('label', { class: 'field' }, label, input)), forced],
    h('button', { value: 'next', class: 'primary' }, 'Next'),
    async () => {
      order = { kind: kind.value, registry: registry.value.trim() };
      const globs = repositories.value.split(/[\s,]+/).filter((one) => one !== '');
      if (globs.length > 0) order.repositories = globs;
      if (rate.value !== '') order.rate = Number(rate.value);
      if (kind.value === 'reconvert') {
        if (force.checked) order.force = true;
        preview = await post('/api/v1/batches', { ...order, dryRun: true });
      }
      return '';
    },
  );
  if (answer !== 'next') return undefined;
  return (await ask(order.kind === 'scan' ? scanQuestion(order) : reconvertQuestion(order, preview))) ? post('/api/v1/batches', order) : undefined;
}

function scanQuestion(order) {
  return { title: `Scan ${order.registry}?`, text: 'Every tag of the registry is looked at. What nobody has asked for is converted, in the bulk lane.', action: 'Start' };
}

function reconvertQuestion(order, { images, repositories, sample }) {
  return {
    title: images === 1 ? 'Convert 1 image again?' : `Convert ${count(images)} images again?`,
    text: images === 0 ? `Nothing of ${order.registry} that matches was asked for.` : [`In ${count(repositories)} repositories, in the bulk lane: `, sample.slice(0, 5).map(imageName).join(', '), images > 5 ? ' and others.' : '.'],
    action: 'Start',
    possible: images > 0,
  };
}

/** Nothing waits any more in a batch that was cancelled. */
function partName(batch, name) {
  return name === 'waiting' && batch.state === 'cancelled' ? 'never begun' : name;
}

function element(batch, act) {
  const { total, ...parts } = batch.images;
  return h(
    'article',
    { class: 'request', 'aria-label': `Batch ${batch.id}` },
    h(
      'header',
      {},
      badge(batch),
      h('h3', {}, title(batch)),
      h('span', { class: 'quiet' }, ago(batch.requestedAt), batch.eta ? ` · ${until(batch.eta)} left` : null),
      h('code', { class: 'quiet whole', title: 'The id, for oci2wasm batches' }, batch.id),
    ),
    bar(total, parts),
    h(
      'dl',
      { class: 'counts' },
      [['images', total], ...PARTS.map((name) => [name, parts[name] ?? 0])].filter(([, number]) => number > 0).map(([name, number]) => h('div', {}, h('dt', {}, partName(batch, name)), h('dd', {}, counted(batch, name, number)))),
      batch.measuredRate > 0 ? h('div', {}, h('dt', {}, 'per minute'), h('dd', {}, perMinute(batch.measuredRate))) : null,
      batch.bytes?.fetched > 0 ? h('div', {}, h('dt', {}, 'bytes fetched'), h('dd', {}, bytes(batch.bytes.fetched))) : null,
      batch.bytes?.built > 0 ? h('div', {}, h('dt', {}, 'bytes built'), h('dd', {}, bytes(batch.bytes.built))) : null,
    ),
    batch.message ? h('p', { class: 'message' }, batch.message) : null,
    actions(batch, act),
  );
}

/** Images a second as so many a minute. */
function perMinute(rate) {
  const number = rate * 60;
  return number < 10 ? number.toFixed(1) : count(Math.round(number));
}

/** What can be looked at leads there. */
function counted(batch, name, number) {
  if (name !== 'images' && name !== 'failed' && name !== 'skipped') return count(number);
  const which = link('images', { batch: batch.id, state: name === 'images' ? undefined : name });
  return h('a', { href: which, 'data-focus': name, 'aria-label': `${count(number)} ${name} of this batch` }, count(number));
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
      button.addEventListener('click', async () => {
        button.disabled = true;
        await act(batch, action);
        button.disabled = false;
      });
      return button;
    }),
  );
}
