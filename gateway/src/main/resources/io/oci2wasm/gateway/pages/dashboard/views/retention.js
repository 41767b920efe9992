// Retention: its rules, when it runs next, what it did, and what it would do now.
import { get, may, post } from '../api.js';
import { ask } from '../dialog.js';
import { announce, h, keyed, showNone, table } from '../dom.js';
import { ago, badge, bytes, count, duration, imageText, until } from '../format.js';
import { imageLink, link } from '../route.js';

const RUNS = 20;
const LOOK = 3000;

/** The rules by which an image or an object goes. */
const WHY = { deleted: 'deleted in its registry', unused: 'unused for long', count: 'older than the newest that are kept', superseded: 'has a newer bundle', incomplete: 'left over' };

export function retention(main, parameters) {
  const shown = parameters.get('run') ?? undefined;
  const rules = h('dl', { class: 'facts' });
  const result = h('p', { class: 'result', role: 'status' });
  const dry = h('button', { type: 'button', hidden: !may('operator') }, 'What would go now?');
  const real = h('button', { type: 'button', hidden: !may('admin') }, 'Remove now…');
  const runs = table('Runs', ['Run', 'Kind', 'State', { name: 'Objects', class: 'end' }, { name: 'Bytes', class: 'end' }, { name: 'Took', class: 'end' }], { class: 'blocks' });
  // Hidden until something is known.
  const report = h('section', { class: 'panel', hidden: true });
  const history = h('section', { class: 'panel', hidden: true }, h('header', {}, h('h2', {}, 'Runs')), runs.element);
  main.append(
    h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Retention'), h('div', { class: 'actions' }, dry, real)), h('div', { class: 'body' }, rules, result)),
    report,
    history,
  );
  const refresh = async () => {
    try {
      const overview = await get('/api/v1/gc', { limit: RUNS });
      showRules(rules, overview);
      const running = overview.items.some((run) => run.state === 'running');
      for (const button of [dry, real]) button.disabled = running;
      if (overview.items.length > 0) keyed(runs.body, overview.items, (run) => run.id, row);
      else showNone(runs.body, 6, 'It has not run in the last seven days.');
      history.hidden = false;
      if (shown !== undefined) await showReport(report, shown);
      result.textContent = '';
    } catch (error) {
      result.textContent = error.message;
    }
  };
  const begin = async (dryRun) => {
    try {
      const run = await post('/api/v1/gc', { dryRun });
      announce('The run has begun');
      location.hash = link('retention', { run: run.id });
    } catch (error) {
      result.textContent = error.message;
    }
  };
  dry.addEventListener('click', () => begin(true));
  real.addEventListener('click', async () => {
    const sure = await ask({ title: 'Remove what the rules leave?', text: 'Bundles that go can no longer be run or downloaded; their images can be converted again. Look first what would go.', action: 'Remove' });
    if (sure) begin(false);
  });
  refresh();
  const looking = setInterval(refresh, LOOK);
  return () => clearInterval(looking);
}

function showRules(list, { rules, nextAt }) {
  const time = (ms) => (ms === undefined ? 'never' : duration(ms));
  const facts = [
    ['Next run', nextAt === undefined ? 'only when somebody asks for it' : Date.parse(nextAt) > Date.now() ? `in ${until(nextAt)}` : 'due'],
    ...(rules.everyMs === undefined ? [] : [['Runs every', time(rules.everyMs)]]),
    ['Nothing younger than', time(rules.graceMs)],
    ['Unused images go after', time(rules.unusedForMs)],
    ['Newest of each repository', rules.newestPerRepository === 0 ? 'all stay' : count(rules.newestPerRepository)],
    ['What registries deleted', rules.deleted ? 'goes' : 'stays'],
    ['Failed images stay', time(rules.failedForMs)],
    ['Superseded bundles go after', time(rules.supersededForMs)],
  ];
  keyed(list, facts, ([name]) => name, ([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)));
}

function total(run, member) {
  return (run.report?.removed ?? []).reduce((sum, line) => sum + line[member], 0);
}

function row(run) {
  const done = run.report !== undefined;
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, h('a', { href: link('retention', { run: run.id }), 'data-focus': 'run' }, ago(run.startedAt))),
    h('td', {}, run.dryRun ? 'looked only' : 'removed'),
    h('td', {}, badge({ state: run.state }), run.message ? h('div', { class: 'message' }, run.message) : null),
    h('td', { class: 'end', 'data-label': total(run, 'objects') === 1 ? 'object' : 'objects' }, done ? count(total(run, 'objects')) : ''),
    h('td', { class: 'end' }, done ? bytes(total(run, 'bytes')) : ''),
    h('td', { class: 'end' }, done ? duration(run.report.durationMs) : ''),
  );
}

async function showReport(panel, id) {
  const run = await get(`/api/v1/gc/${encodeURIComponent(id)}`);
  if (panel.dataset.version === run.state + run.id) return;
  panel.dataset.version = run.state + run.id;
  panel.hidden = false;
  const objects = table('What goes, by kind', ['Kind', 'Why', { name: 'Objects', class: 'end' }, { name: 'Bytes', class: 'end' }], { class: 'blocks' });
  const images = table('Images that are no longer wanted', ['Image', 'Why', { name: 'Last used', class: 'end' }], { class: 'blocks' });
  const { report } = run;
  if (report) {
    objects.body.append(...report.removed.map(objectRow));
    if (report.removed.length === 0) showNone(objects.body, 4, 'Nothing.');
    images.body.append(...report.images.map(imageRow));
    if (report.images.length === 0) showNone(images.body, 3, 'None.');
  }
  panel.replaceChildren(
    h('header', {}, h('h2', {}, run.dryRun ? 'What would go' : 'What went'), badge({ state: run.state })),
    ...(report
      ? [objects.element, h('header', {}, h('h3', {}, 'Images that are no longer wanted'), h('span', { class: 'quiet' }, report.unwantedImages > report.images.length ? `${count(report.images.length)} of ${count(report.unwantedImages)}` : count(report.unwantedImages))), images.element]
      : [h('div', { class: 'body' }, h('p', {}, run.message ?? 'It is looking through the store.'))]),
  );
}

function objectRow(line) {
  return h('tr', {}, h('td', { class: 'image' }, line.kind), h('td', {}, WHY[line.rule] ?? line.rule), h('td', { class: 'end', 'data-label': line.objects === 1 ? 'object' : 'objects' }, count(line.objects)), h('td', { class: 'end' }, bytes(line.bytes)));
}

function imageRow({ image, rule, used }) {
  return h('tr', {}, h('td', { class: 'image' }, h('a', { href: imageLink(image) }, imageText(image))), h('td', {}, WHY[rule] ?? rule), h('td', { class: 'end' }, ago(used)));
}
