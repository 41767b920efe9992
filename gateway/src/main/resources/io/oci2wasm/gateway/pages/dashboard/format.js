// Values as people read them.
import { h } from './dom.js';

/** `registry/repository:tag`, or with a short digest where there is no tag. */
export function imageName({ registry, repository, tag, digest }) {
  return `${registry}/${repository}${tag ? `:${tag}` : digest ? `@${short(digest)}` : ''}`;
}

/** The image in a row: the repository stands out, its registry does not. Between them a long name is broken first. */
export function imageText({ registry, repository, tag, digest }) {
  const rest = tag ? `:${tag}` : digest ? `@${short(digest)}` : '';
  return [h('span', { class: 'registry' }, `${registry}/`), h('wbr'), h('span', { class: 'repository' }, repository), rest];
}

export function short(digest) {
  return digest.replace('sha256:', '').slice(0, 12);
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  const unit = count < 1e6 ? ['kB', 1e3] : count < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(count / unit[1]).toPrecision(3)} ${unit[0]}`;
}

/** Memory as the configuration writes it: `512 MiB`. */
export function memory(count) {
  return `${+(count / 2 ** 20).toFixed(1)} MiB`;
}

export function count(number) {
  return number.toLocaleString('en');
}

/** A time as how long ago it was, kept up to date; `suffix` follows it. */
export function ago(time, suffix = ' ago') {
  const element = h('time', { datetime: time, title: new Date(time).toLocaleString(), 'data-suffix': suffix });
  show(element);
  return element;
}

function show(element) {
  const passed = Date.now() - Date.parse(element.getAttribute('datetime'));
  const text = (passed < 10_000 ? `${Math.max(0, Math.round(passed / 1000))} s` : duration(passed)) + element.dataset.suffix;
  if (element.textContent !== text) element.textContent = text;
}

/** How long it is until a time. */
export function until(time) {
  return duration(Date.parse(time) - Date.now());
}

setInterval(() => document.querySelectorAll('time[data-suffix]').forEach(show), 1000);

/** What the states of a conversion are called. */
export const STATES = {
  queued: 'Waiting',
  ingesting: 'Fetching',
  resolving: 'Resolving',
  translating: 'Training',
  building: 'Building',
  built: 'Built',
  removed: 'Removed',
  skipped: 'Skipped',
  failed: 'Failed',
};

/** What those of batches, runs and dead letters are called, where they differ. */
export const OTHER_STATES = { running: 'Running', paused: 'Paused', cancelled: 'Cancelled', done: 'Done', open: 'Open', replayed: 'Replayed', dismissed: 'Dismissed' };

/** What a queued conversion waits for, by stage. */
const WAITS = { ingest: 'Waiting to fetch', resolve: 'Waiting to resolve', translate: 'Waiting to be trained', build: 'Waiting to build' };

/** The state of a conversion, or of an entry in its history. A queued one also names its stage. */
export function stateName({ state, stage }) {
  return (state === 'queued' && WAITS[stage]) || STATES[state] || OTHER_STATES[state] || state;
}

export function badge(one) {
  return h('span', { class: `badge ${one.state}` }, stateName(one));
}

/** How long it was worked on and how long it waited, or the sum if only that is known. */
export function took({ workedMs, waitedMs, queuedAt, since }) {
  if (workedMs === undefined) return `${duration(Date.parse(since) - Date.parse(queuedAt))} including waiting`;
  return `${duration(workedMs)} working, ${duration(waitedMs)} waiting`;
}
