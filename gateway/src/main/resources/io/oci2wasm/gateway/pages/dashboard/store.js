// What the event stream has told: how things stand now.
import { follow } from './stream.js';

const ENDED = new Set(['built', 'removed', 'skipped', 'failed']);
// What is shown is bounded, whatever the load.
const MOST = 400;
const MOST_BATCHES = 50;
const REFRESH = 2000;
/** How often the gateway is looked for while its stream is down. */
const LOOK = 2000;

/** @type {Map<string, any>} conversions by id, what changed last at the end */
const conversions = new Map();
const listeners = new Set();
let pending = false;

/**
 * `batches` are the newest, undefined until they are told. `goneSince` is when the gateway began not to answer at all;
 * without a stream it may still answer.
 */
export const state = { connected: false, goneSince: undefined, summary: undefined, queues: undefined, batches: undefined, moreBatches: false };

export function isEnded(conversion) {
  return ENDED.has(conversion.state);
}

/** All that are known, what changed last first. */
export function known() {
  return [...conversions.values()].sort((one, other) => Date.parse(other.updatedAt) - Date.parse(one.updatedAt));
}

/** Calls `listener` soon after changes, at most once a frame, with the ids of conversions that ended; returns how to stop. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls `refresh` after changes, which come every three seconds at least, but not more often than every two seconds; returns how to stop. */
export function refreshing(refresh) {
  let timer;
  const stop = listen(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      refresh();
    }, REFRESH);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function changed() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    for (const listener of listeners) listener();
  });
}

/** Once its platforms are known, a request is no conversion any more: the whole goes when its parts come. */
function put(conversion) {
  if (conversion.id !== conversion.requestId) conversions.delete(conversion.requestId);
  conversions.delete(conversion.id);
  conversions.set(conversion.id, conversion);
}

/** It has become part of another. */
function forgetRequest(request) {
  for (const conversion of conversions.values()) {
    if (conversion.requestId === request) conversions.delete(conversion.id);
  }
}

function forgetTheOldest() {
  const surplus = conversions.size - MOST;
  if (surplus <= 0) return;
  const oldest = known().filter(isEnded).concat(known().filter((one) => !isEnded(one))).reverse();
  for (const conversion of oldest.slice(0, surplus)) conversions.delete(conversion.id);
}

/** Takes over how these batches stand, wherever that was told. */
export function putBatches(told) {
  const batches = new Map((state.batches ?? []).map((batch) => [batch.id, batch]));
  for (const batch of told) batches.set(batch.id, batch);
  const sorted = [...batches.values()].sort((one, other) => Date.parse(other.requestedAt) - Date.parse(one.requestedAt));
  state.batches = sorted.slice(0, MOST_BATCHES);
  state.moreBatches ||= sorted.length > MOST_BATCHES;
  changed();
}

function setBatches(page) {
  state.batches = page.items;
  state.moreBatches = page.next !== undefined;
}

/** Takes over a page of batches that was asked for, unless the stream tells of them. */
export function askedBatches(page) {
  if (state.connected) return;
  setBatches(page);
  changed();
}

function take(name, data) {
  if (name === 'snapshot') {
    conversions.clear();
    data.conversions.forEach(put);
    state.summary = data.summary;
    state.queues = data.queues;
    setBatches(data.batches);
  } else if (name === 'conversions') {
    data.items.forEach(put);
    for (const request of data.gone ?? []) forgetRequest(request);
    forgetTheOldest();
  } else if (name === 'batches') {
    putBatches(data.items);
  } else if (name === 'summary' || name === 'queues') {
    state[name] = data;
  }
  changed();
}

/** Without the stream, whether there is a gateway at all. */
async function look() {
  if (state.connected) return;
  const answers = await fetch('/health/live', { cache: 'no-store', signal: AbortSignal.timeout(LOOK) }).then((response) => response.status !== 502 && response.status !== 504, () => false);
  if (state.connected || answers === (state.goneSince === undefined)) return;
  state.goneSince = answers ? undefined : Date.now();
  changed();
}

export function start() {
  setInterval(look, LOOK);
  follow('/api/v1/events/stream', take, (connected) => {
    if (state.connected === connected) return;
    state.connected = connected;
    if (connected) state.goneSince = undefined;
    changed();
  });
}
