// One repository: its tags and requests. One tag or request of it: platforms, digests, bundles, where they came from and went.
import { get, may, post } from '../api.js';
import { ask } from '../dialog.js';
import { announce, h, keyed, showNone, table } from '../dom.js';
import { ago, badge, bytes, count, duration, imageName, imageText, short, stateName, took } from '../format.js';
import { paged, questions } from '../list.js';
import { imageLink, link } from '../route.js';
import { senderName } from '../senders.js';
import { refreshing } from '../store.js';
import { runLink } from './now.js';

const TAGS = 200;
const NO_RULE = -1;

export function image(main, parameters) {
  const place = { registry: parameters.get('registry') ?? '', repository: parameters.get('repository') ?? '' };
  const tag = parameters.get('tag') ?? undefined;
  const request = parameters.get('request') ?? undefined;
  const stops = [];
  main.append(path(place, tag));
  if (tag !== undefined || request !== undefined) stops.push(details(main, place, tag, request));
  else stops.push(tags(main, place));
  stops.push(requests(main, parameters, place, tag));
  return () => stops.forEach((stop) => stop());
}

function path({ registry, repository }, tag) {
  return h(
    'nav',
    { 'aria-label': 'Where this is', class: 'path' },
    h('a', { href: link('images') }, 'Images'),
    ' / ',
    h('span', { class: 'quiet' }, registry),
    ' / ',
    tag === undefined ? h('b', {}, repository) : [h('a', { href: imageLink({ registry, repository }) }, repository), ' / ', h('b', {}, tag)],
  );
}

function tags(main, place) {
  const found = table('Tags', ['Tag', 'Digest', 'Platforms', { name: 'Bundles', class: 'end' }, { name: 'Last asked for', class: 'end' }], { class: 'blocks' });
  const result = h('p', { class: 'result quiet', role: 'status' });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Tags'), result), found.element));
  const question = questions();
  const refresh = async () => {
    const isNewest = question();
    try {
      const page = await get('/api/v1/tags', { ...place, limit: TAGS });
      if (!isNewest()) return;
      result.textContent = page.next ? `the first ${TAGS}` : '';
      if (page.items.length > 0) keyed(found.body, page.items, (one) => one.tag, tagRow);
      else showNone(found.body, 5, 'No tag of this repository is known.');
    } catch (error) {
      if (isNewest()) result.textContent = error.message;
    }
  };
  refresh();
  return refreshing(refresh);
}

function tagRow({ tag, request }) {
  const built = request.conversions.filter((one) => one.bundle);
  return h(
    'tr',
    {},
    h('td', { class: 'image' }, h('a', { href: imageLink({ ...request.image, tag }), 'data-focus': 'tag' }, tag)),
    h('td', {}, digest(request.image.digest)),
    h('td', {}, platforms(request)),
    h('td', { class: 'end' }, built.length > 0 ? bytes(built.reduce((sum, one) => sum + one.bundle.size + (one.bundle.data?.size ?? 0), 0)) : ''),
    h('td', { class: 'end' }, ago(request.queuedAt)),
  );
}

function platforms(request) {
  return h(
    'ul',
    { class: 'platforms', 'aria-label': 'Platforms' },
    request.conversions.map((one) => h('li', {}, badge(one), ' ', one.platform ?? 'not known yet')),
  );
}

/** A digest's beginning; a button copies all of it. */
export function digest(value) {
  if (!value) return null;
  const copy = h('button', { type: 'button', class: 'copy', title: value, 'aria-label': `${short(value)}: copy all of it`, 'data-focus': value }, h('code', {}, short(value)));
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(value);
      announce('Copied');
    } catch {
      // Only pages that come by HTTPS may, or from this machine: then it is there to be selected.
      copy.replaceWith(h('code', { class: 'whole' }, value));
    }
  });
  return copy;
}

function details(main, place, tag, id) {
  const body = h('div');
  const problem = h('p', { role: 'status', hidden: true });
  const result = h('p', { class: 'result', role: 'status' });
  const again = h('button', { type: 'button', hidden: true }, 'Convert again…');
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, imageName({ ...place, tag })), again), h('div', { class: 'body' }, problem, result), body));
  let shown;
  let rule;
  const tell = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };
  const question = questions();
  const refresh = async () => {
    const isNewest = question();
    try {
      const newest = id ?? (await newestRequest(place, tag))?.id;
      if (newest === undefined) {
        if (!isNewest()) return;
        tell('');
        body.replaceChildren(h('p', { class: 'empty' }, 'Nobody has asked for this tag, or it was forgotten.'));
        return;
      }
      const [request, letters] = await Promise.all([
        get(`/api/v1/requests/${encodeURIComponent(newest)}`),
        get('/api/v1/dead-letters', { request: newest, limit: 100 }),
      ]);
      const name = reference(request.image);
      rule ??= (await get('/api/v1/rules', { image: name })).match.rule ?? NO_RULE;
      if (!isNewest()) return;
      tell('');
      shown = request;
      again.hidden = !may('operator');
      keyed(body, [{ request, letters: letters.items }], () => newest, (one) => requestElement(one.request, one.letters, rule));
    } catch (error) {
      if (isNewest()) tell(error.message);
    }
  };
  again.addEventListener('click', async () => {
    const name = imageName(tag ? { ...place, tag } : shown.image);
    if (!(await ask({ title: `Convert ${name} again?`, text: 'Its registry is asked for it as it is now, and every platform is converted though its bundle is there. What is built now stays until then.', action: 'Convert again' }))) return;
    try {
      const answer = await post('/api/v1/conversions', { image: reference(tag ? { ...place, tag } : shown.image), force: true });
      result.replaceChildren('Asked for: ', h('a', { href: imageLink({ ...place, tag }, { request: answer.requestId }) }, 'its request'), '.');
      announce('Asked for');
    } catch (error) {
      result.textContent = error.message;
    }
  });
  refresh();
  return refreshing(refresh);
}

/** A bundle that is trained has another request after its own. */
async function newestRequest(place, tag) {
  const { items } = await get('/api/v1/requests', { ...place, tag, limit: 10 });
  return items.find((one) => one.sender !== 'translate') ?? items[0];
}

/** The name by which the API knows it. */
function reference({ registry, repository, tag, digest: found }) {
  return `${registry}/${repository}${tag ? `:${tag}` : `@${found}`}`;
}

function requestElement(request, letters, rule) {
  return h(
    'article',
    { class: 'request', 'aria-label': `Request ${request.id}` },
    h(
      'dl',
      { class: 'facts' },
      fact('Digest', request.image.digest ? digest(request.image.digest) : 'not known yet'),
      fact('Asked for', [ago(request.queuedAt), ` by ${senderName(request.sender ?? 'somebody unknown')}, ${request.lane} lane`]),
      fact('Request', digest(request.id)),
      request.fetchedBytes === undefined ? null : fact('Fetched', bytes(request.fetchedBytes)),
      fact('Rule now', h('a', { href: link('rules', { image: reference(request.image) }), 'data-focus': 'rule' }, rule === NO_RULE ? 'none' : `rule ${rule + 1}`)),
    ),
    request.conversions.map((one) => conversionElement(one, timeline(request, one))),
    deliveries(request, letters),
  );
}

function fact(name, value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}

/** What the whole request went through before its platforms were known, then what this one did. */
function timeline(request, one) {
  const all = new Map([...(request.history ?? []), ...(one.history ?? [])].map((entry) => [JSON.stringify(entry), entry]));
  return [...all.values()].sort((first, second) => Date.parse(first.time) - Date.parse(second.time));
}

function conversionElement(one, entries) {
  return h(
    'section',
    { class: 'conversion', 'aria-label': one.platform ?? 'platforms not known yet' },
    h('header', {}, h('h3', {}, one.platform ?? 'platforms not known yet'), badge(one), one.bundle ? bundleLinks(one) : null),
    h(
      'dl',
      { class: 'facts' },
      one.manifestDigest ? fact('Manifest', digest(one.manifestDigest)) : null,
      one.recipe ? fact('Recipe', digest(one.recipe.digest)) : null,
      one.bundle?.digest ? fact('Module', digest(one.bundle.digest)) : null,
      one.bundle ? fact('Size', bundleSize(one.bundle)) : null,
      one.conversionId ? fact('Conversion', digest(one.conversionId)) : null,
      one.translated ? translated(one.translated) : null,
      one.layers ? fact('Layers', `${count(one.layers.count)}, of which ${count(one.layers.converted)} converted now`) : null,
      one.bundle ? fact('Took', `${took(one)}${one.reused ? '; the bundle was there' : ''}`) : null,
    ),
    steps(entries),
    one.message ? h('p', { class: 'message' }, one.reason ? `${one.reason}: ` : '', one.message) : null,
    one.bundle ? provenance(one) : null,
  );
}

/** Which bundle was trained for its translations, by what, and what they are good for. */
function translated({ from, commands, simd, fasterBy }) {
  const command = (commands ?? []).map((one) => [h('code', {}, one), ' ']);
  return [
    fact('Translated from', digest(from)),
    fact('Trained by', command.length > 0 ? command : "the image's own command"),
    simd
      ? fact('SIMD', 'yes: it needs a runtime that has it, as browsers, node and wasmtime; the JVM of oci2wasm run has not')
      : fact('Faster by', fasterBy === undefined ? 'not measured' : `${fasterBy} × in that`),
  ];
}

function bundleLinks(one) {
  const name = `${imageName(one.image)} ${one.platform}`;
  return h(
    'span',
    { class: 'bundle' },
    runLink(one),
    h('a', { class: 'button small', href: `/api/v1/bundles/${one.conversionId}`, download: true, 'aria-label': `Download ${name}`, 'data-focus': 'download' }, one.bundle.data ? 'Download module' : 'Download'),
    one.bundle.data
      ? h('a', { class: 'button small', href: `/api/v1/bundles/${one.conversionId}/data`, download: one.bundle.data.file, 'aria-label': `Download the data file of ${name}`, 'data-focus': 'download-data' }, 'Download data')
      : null,
  );
}

/** Of a split bundle the module starts only beside its data file. */
function bundleSize({ size, data }) {
  return data ? `${bytes(size)} and a data file of ${bytes(data.size)}, which belongs beside it` : bytes(size);
}

/** What the bundle was made of; asked for when somebody wants to see it. */
function provenance(one) {
  const at = `/api/v1/bundles/${one.conversionId}/provenance`;
  const body = h('div', { class: 'facts' }, 'Reading…');
  const element = h('details', {}, h('summary', { 'data-focus': 'provenance' }, 'Provenance'), body);
  element.addEventListener('toggle', async () => {
    if (!element.open || element.dataset.read) return;
    element.dataset.read = 'yes';
    try {
      const { predicate } = await get(at);
      const definition = predicate.buildDefinition ?? {};
      body.replaceChildren(
        h(
          'dl',
          { class: 'facts' },
          fact('Builder', predicate.runDetails?.builder?.id ?? 'not told'),
          fact('Kind of build', definition.buildType ?? 'not told'),
          (definition.resolvedDependencies ?? []).map((part) => fact(part.name ?? part.uri ?? 'part', digest(`sha256:${part.digest?.sha256 ?? ''}`))),
        ),
        h('a', { href: at, download: `${one.conversionId}.intoto.json`, 'data-focus': 'statement' }, 'Download the statement'),
        ' ',
        h('a', { href: `/api/v1/bundles/${one.conversionId}/sbom`, download: `${one.conversionId}.cdx.json`, 'data-focus': 'sbom' }, 'Download the bill of materials'),
      );
    } catch (error) {
      delete element.dataset.read;
      body.replaceChildren(h('p', { class: 'failed' }, error.message));
    }
  });
  return element;
}

/** Where the bundles of this request are, and what was given up. */
function deliveries(request, letters) {
  const delivered = request.conversions.flatMap((one) => (one.deliveries ?? []).map((delivery) => ({ ...delivery, platform: one.platform })));
  const failed = letters.filter((letter) => letter.stage === 'deliver' || letter.stage === 'notify');
  const other = letters.length - failed.length;
  return h(
    'section',
    { 'aria-label': 'Deliveries' },
    h('h3', {}, 'Deliveries'),
    delivered.length + failed.length === 0 ? h('p', { class: 'quiet' }, 'No bundle was pushed to a registry, and nothing was given up.') : null,
    h(
      'ul',
      { class: 'lines' },
      delivered.map(deliveryElement),
      failed.map((letter) => h('li', {}, badge({ state: letter.state }), ` ${letter.stage === 'deliver' ? 'to its registry' : 'to a subscriber'}, `, ago(letter.deadAt), `: ${letter.reason}. `, h('span', { class: 'message' }, letter.message))),
    ),
    other > 0 || failed.length > 0 ? h('p', {}, h('a', { href: link('dead-letters', { request: request.id, state: 'any' }) }, `Dead letters of this request (${count(letters.length)})`)) : null,
  );
}

/** A bundle in a registry: its manifest there, and whether somebody can verify it. */
function deliveryElement({ platform, time, image: place, signed }) {
  const { registry, repository, tag } = place;
  return h(
    'li',
    {},
    h('span', { class: 'badge built' }, 'Delivered'),
    ` ${platform} to ${registry}/${repository}${tag ? `:${tag}` : ''} as `,
    digest(place.digest),
    ', ',
    ago(time),
    signed ? ', signed' : ', not signed',
  );
}

/** Each state with how long it lasted. */
function steps(entries) {
  return h(
    'ol',
    { class: 'steps', 'aria-label': 'States and how long each lasted' },
    entries.map((entry, i) => {
      const next = entries[i + 1];
      const lasted = next ? duration(Date.parse(next.time) - Date.parse(entry.time)) : '';
      const attempt = entry.attempt > 1 ? ` (attempt ${entry.attempt})` : '';
      return h('li', { title: new Date(entry.time).toLocaleString() }, h('b', {}, stateName(entry) + attempt), lasted);
    }),
  );
}

function requests(main, parameters, place, tag) {
  const found = table('Requests', ['Request', 'Digest', 'Platforms', 'By', { name: 'Asked for', class: 'end' }], { class: 'blocks' });
  const list = paged({
    view: 'image',
    parameters,
    path: '/api/v1/requests',
    query: () => ({ ...place, tag }),
    limit: 20,
    found,
    columns: 5,
    key: (one) => one.id,
    row: (request) =>
      h(
        'tr',
        {},
        h('td', { class: 'image' }, h('a', { href: imageLink({ ...place, tag: request.image.tag }, { request: request.id }), 'data-focus': 'request' }, imageText(request.image))),
        h('td', {}, digest(request.image.digest)),
        h('td', {}, platforms(request)),
        h('td', { class: 'tight' }, senderName(request.sender ?? '')),
        h('td', { class: 'end' }, ago(request.queuedAt)),
      ),
    empty: () => 'Nobody has asked for it, or it was forgotten.',
  });
  main.append(h('section', { class: 'panel' }, h('header', {}, h('h2', {}, tag === undefined ? 'Requests' : 'Requests for this tag')), found.element, list.pager));
  return list.stop;
}
