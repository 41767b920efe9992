// Runs a bundle in node:
//   node --no-warnings docs/run.mjs [--dir HOST:GUEST]… [--translate off|host] BUNDLE [OPTION…] [--] [COMMAND ARG…]
// Words after BUNDLE are the bundle's own (docs/FORMATS.md, "Host contract"); --dir maps a host directory into it.
// -p, -P, --network, --allow, --add-host, --dns, --dns-search give it a network (docs/NETWORK.md).
// --translate off keeps this host from installing what the engine has translated (docs/FORMATS.md, "The mailbox").
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const USAGE = 'usage: node --no-warnings run.mjs [--dir HOST:GUEST]... [-p PORT:PORT]... [-P] [--network bridge] [--allow HOST]... [--translate off|host] BUNDLE [OPTION...] [--] [COMMAND ARG...]';
const MAILBOX = 'translation_mailbox';
const TRANSLATOR = '--translator=simd,unit=1000';

function refuse(message) {
  console.error(message);
  process.exit(2);
}

function directory(word) {
  let [, host, guest] = /^(.+):(\/.*)$/s.exec(word) ?? [];
  const [, oldGuest, oldHost] = /^(\/[^=]*)=(.+)$/s.exec(word) ?? [];
  if (oldHost && !existsSync(host ?? word)) {
    [host, guest] = [oldHost, oldGuest];
    console.error(`run.mjs: --dir ${word}: write --dir ${host}:${guest}; the next release takes nothing else`);
  }
  if (!host) refuse(`run.mjs: --dir: found "${word}", expected HOST:GUEST, for example --dir ./data:/data`);
  return { [guest]: host };
}

// What the engine offers in its mailbox becomes functions in its table: six numbers, of which state 1 is an offer, 2
// says that the functions are there, and 3 that they are not.
function install({ memory, __indirect_function_table: table, [MAILBOX]: mailbox }) {
  const numbers = () => new Uint32Array(memory.buffer, mailbox.value, 6);
  const [, state, address, length, count] = numbers();
  if (state !== 1) return false;
  try {
    const module = new WebAssembly.Module(new Uint8Array(memory.buffer, address, length));
    const { exports } = new WebAssembly.Instance(module, { env: { memory, table } });
    const functions = Object.keys(exports).map((_, i) => exports[i]);
    if (functions.length !== count || functions.some((each) => typeof each !== 'function')) throw new TypeError();
    const first = table.grow(count);
    functions.forEach((each, i) => table.set(first + i, each));
    numbers().set([first], 5);
    numbers().set([2], 1);
  } catch {
    numbers().set([3], 1);
  }
  return true;
}

const words = process.argv.slice(2);
// -p, --network, --allow and the like: this process owns the sockets, and another one runs the bundle.
if (words.some((word) => word.startsWith('-'))) {
  const { run, takeOptions } = await import('./net.mjs');
  const options = takeOptions(words);
  if (options) process.exit(await run(process.argv[1], options));
}
const preopens = {};
let translates = true;
for (; words[0] === '--dir' || words[0] === '--translate'; words.splice(0, 2)) {
  const [option, value = ''] = words;
  if (option === '--dir') Object.assign(preopens, directory(value));
  else if (value === 'off' || value === 'host') translates = value === 'host';
  else refuse(`run.mjs: --translate: found "${value}", expected off or host`);
}
if (words.length === 0) refuse(USAGE);

const module = await WebAssembly.compile(await readFile(words[0]));
translates &&= WebAssembly.Module.exports(module).some(({ name }) => name === MAILBOX);
if (translates) words.splice(1, 0, TRANSLATOR);

// The guest gets no variable of this process: give it some with --env NAME=VALUE.
const wasi = new WASI({ version: 'preview1', args: words, env: {}, preopens, returnOnExit: true });
const imports = wasi.getImportObject();
// node 20 calls its own WASI functions from wasm by a short way on which V8's garbage collector can crash; through
// closures it takes the long one.
const calls = imports.wasi_snapshot_preview1;
for (const [name, call] of Object.entries(calls)) calls[name] = (...values) => call(...values);
const yields = calls.sched_yield;
if (translates) calls.sched_yield = () => (install(instance.exports) ? 0 : yields());
const instance = await WebAssembly.instantiate(module, imports);
process.exitCode = wasi.start(instance);
