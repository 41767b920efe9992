// WASI preview 1 for a program that runs in a worker and may block there: the shim's functions, and ours where it has
// none for streams, waits for them only by spinning, or counts characters where bytes are asked for.
import { Fd } from '../vendor/browser-wasi-shim/fd.js';
import WASI from '../vendor/browser-wasi-shim/wasi.js';
import * as defs from '../vendor/browser-wasi-shim/wasi_defs.js';
import { DataFolderFd } from './data.mjs';
import { CONTROL, NET } from './descriptors.mjs';
import { TRANSLATOR, hasMailbox, installOffered } from './mailbox.mjs';

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const EVENT_HANGUP = 1;
const STDIN = 0;
const NANOS_PER_MILLI = 1e6;

class InputFd extends Fd {
  constructor(pipe) {
    super();
    this.pipe = pipe;
  }

  fd_read(size) {
    return { ret: defs.ERRNO_SUCCESS, data: this.pipe.read(size) };
  }

  // Whoever looks for preopened directories ends at the first descriptor that says so.
  fd_prestat_get() {
    return { ret: defs.ERRNO_BADF, prestat: null };
  }
}

class OutputFd extends Fd {
  constructor(outputs, stream) {
    super();
    this.outputs = outputs;
    this.stream = stream;
  }

  fd_write(data) {
    const length = data.length; // before the bytes move to the page
    return this.outputs.write(this.stream, data)
      ? { ret: defs.ERRNO_SUCCESS, nwritten: length }
      : { ret: defs.ERRNO_PIPE, nwritten: 0 };
  }
}

// One descriptor, both ways.
class StreamFd extends InputFd {
  constructor(pipe, outputs) {
    super(pipe);
    this.output = new OutputFd(outputs, 1);
  }

  fd_write(data) {
    return this.output.fd_write(data);
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function millisecondsUntil({ clock, timeout, absolute }) {
  const wait = Number(timeout) / NANOS_PER_MILLI;
  if (!absolute) return wait;
  return wait - (clock === defs.CLOCKID_REALTIME ? Date.now() : performance.now());
}

function readSubscription(view, at) {
  return {
    userdata: view.getBigUint64(at, true),
    type: view.getUint8(at + 8),
    descriptor: view.getUint32(at + 16, true),
    clock: view.getUint32(at + 16, true),
    timeout: view.getBigUint64(at + 24, true),
    absolute: (view.getUint16(at + 40, true) & defs.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0,
  };
}

// The events of the subscriptions that are due, after waiting until there is one. Only time and input make anyone
// wait: files and output are always ready. `inputs` are pipes by descriptor.
function awaitEvents(subscriptions, bell, inputs) {
  const timers = subscriptions.filter(({ type }) => type === defs.EVENTTYPE_CLOCK);
  const readers = subscriptions.filter((subscription) => pipeOf(subscription, inputs));
  const ready = subscriptions.filter((subscription) => !timers.includes(subscription) && !readers.includes(subscription));
  const deadlines = new Map(timers.map((timer) => [timer, performance.now() + millisecondsUntil(timer)]));
  const wait = ready.length > 0 ? 0 : Math.max(0, Math.min(...deadlines.values()) - performance.now());
  if (readers.length > 0) {
    bell.wait(readers.map((reader) => pipeOf(reader, inputs)), wait);
    ready.push(...readers.filter((reader) => pipeOf(reader, inputs).ready));
  } else {
    sleep(wait);
  }
  const now = performance.now();
  return [...ready, ...timers.filter((timer) => deadlines.get(timer) <= now)];
}

function pipeOf({ type, descriptor }, inputs) {
  return type === defs.EVENTTYPE_FD_READ ? inputs.get(descriptor) : undefined;
}

function pollOneoff(memory, bell, inputs, subscriptionsAt, eventsAt, count, eventCountAt) {
  if (count === 0) return defs.ERRNO_INVAL;
  const view = new DataView(memory.buffer);
  const subscriptions = Array.from({ length: count }, (_, i) =>
    readSubscription(view, subscriptionsAt + i * SUBSCRIPTION_BYTES),
  );
  const due = awaitEvents(subscriptions, bell, inputs);
  due.forEach((subscription, i) => {
    const at = eventsAt + i * EVENT_BYTES;
    const pipe = pipeOf(subscription, inputs);
    new Uint8Array(memory.buffer, at, EVENT_BYTES).fill(0);
    view.setBigUint64(at, subscription.userdata, true);
    view.setUint8(at + 10, subscription.type);
    view.setBigUint64(at + 16, BigInt(pipe?.length ?? 0), true);
    view.setUint16(at + 24, pipe?.ended && pipe.length === 0 ? EVENT_HANGUP : 0, true);
  });
  view.setUint32(eventCountAt, due.length, true);
  return defs.ERRNO_SUCCESS;
}

// Runs a compiled module to its end; returns its exit code. `name` and `rest` are its argv; `stdin`
// and `control` are pipes on `bell`, and so is `net` where there is a network; `outputs` and `netOutputs` Outputs. `data`
// is the data file of a split bundle, {name, file}.
export function run(module, [name, ...rest], bell, [stdin, control, net], [outputs, netOutputs], data) {
  const translates = hasMailbox(module);
  const words = translates ? [name, TRANSLATOR, ...rest] : [name, ...rest];
  const inputs = new Map([[STDIN, stdin], [CONTROL, control]]);
  const folder = new DataFolderFd(data?.name, data?.file);
  const descriptors = [new InputFd(stdin), new OutputFd(outputs, 1), new OutputFd(outputs, 2), folder, new InputFd(control)];
  if (net) {
    inputs.set(NET, net);
    descriptors.push(new StreamFd(net, netOutputs));
  }
  const wasi = new WASI(words, [], descriptors);
  const memory = () => wasi.inst.exports.memory;
  const functions = {
    ...wasi.wasiImport,
    args_sizes_get(countAt, sizeAt) {
      const view = new DataView(memory().buffer);
      const sizes = words.map((word) => new TextEncoder().encode(word).length + 1);
      view.setUint32(countAt, words.length, true);
      view.setUint32(sizeAt, sizes.reduce((sum, size) => sum + size, 0), true);
      return defs.ERRNO_SUCCESS;
    },
    sched_yield() {
      if (translates) installOffered(wasi.inst.exports);
      return defs.ERRNO_SUCCESS;
    },
    poll_oneoff: (...numbers) => pollOneoff(memory(), bell, inputs, ...numbers.map((number) => number >>> 0)),
  };
  return wasi.start(new WebAssembly.Instance(module, { wasi_snapshot_preview1: functions }));
}
