// Runs a bundle in node:
//   node --no-warnings docs/run.mjs [-v HOST:GUEST[:ro]]… [--translate off|host] BUNDLE [OPTION…] [--] [COMMAND ARG…]
// Words after BUNDLE are the bundle's own (docs/FORMATS.md, "Host contract"); --dir or -v maps a host directory into it.
// -p, -P, --network, --allow, --add-host, --dns, --dns-search give it a network (docs/NETWORK.md).
// --scratch SIZE, or DIR[,size=SIZE], lets the container write to a disk (docs/FORMATS.md, "Scratch disk").
// --translate off keeps this host from installing what the engine has translated (docs/FORMATS.md, "The mailbox").
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

const USAGE = 'usage: node --no-warnings run.mjs [-v HOST:GUEST[:ro]]... [-p PORT:PORT]... [-P] [--network bridge] [--allow HOST]... [--scratch SIZE|DIR] [--translate off|host] BUNDLE [OPTION...] [--] [COMMAND ARG...]';
const FOLDERS = ['--dir', '-v', '--volume'];
const DATA_FOLDER = '/.oci2wasm';
const SCRATCH_FOLDER = '/.oci2wasm/scratch';
const MAILBOX = 'translation_mailbox';
const TRANSLATOR = '--translator=simd,unit=1000';
// Behind how much code, in bytes that were executed, V8 optimizes a function. Its own budget is 1.8 million in node 20. Much
// of the engine, and of what it translates, is executed for a short time, and optimizing takes longer than it saves.
const OPTIMIZED_BEHIND = 40_000_000;

function refuse(message) {
  console.error(message);
  process.exit(2);
}

function directory(option, word) {
  let [, host, guest, mode] = /^(.+):(\/[^:]*)(?::(ro|rw))?$/s.exec(word) ?? [];
  const [, oldGuest, oldHost] = /^(\/[^=]*)=(.+)$/s.exec(word) ?? [];
  if (option === '--dir' && oldHost && !existsSync(host ?? word)) {
    [host, guest] = [oldHost, oldGuest];
    console.error(`run.mjs: --dir ${word}: write --dir ${host}:${guest}; the next release takes nothing else`);
  }
  if (guest === DATA_FOLDER) refuse(`run.mjs: ${option} ${word}: found ${DATA_FOLDER}, expected another path: that one is for a bundle's own data file, which is found beside its module`);
  if (guest === SCRATCH_FOLDER) refuse(`run.mjs: ${option} ${word}: found ${SCRATCH_FOLDER}, expected another path: that one is for a run's scratch disk, which --scratch ${host} makes`);
  if (!host) refuse(`run.mjs: ${option}: found "${word}", expected HOST:GUEST[:ro], for example ${option} ./data:/data:ro`);
  if (!existsSync(host)) refuse(`run.mjs: ${option} ${word}: found no folder ${host}; expected HOST:GUEST, its folder first`);
  return { guest, host, readOnly: mode === 'ro' };
}

// What would change a folder that was mapped with :ro answers as a read-only file system does. A hard link out of such a
// folder is refused, too: through it the file could be written. Numbers are those of WASI's errors, open flags and rights.
const ROFS = 69;
const CREATES_OR_TRUNCATES = 1 | 8;
const WRITES = 1n << 6n | 1n << 8n | 1n << 22n;
const CHANGES = {
  fd_write: [0], fd_pwrite: [0], fd_allocate: [0], fd_renumber: [0], fd_filestat_set_size: [0], fd_filestat_set_times: [0],
  path_create_directory: [0], path_remove_directory: [0], path_unlink_file: [0], path_filestat_set_times: [0],
  path_symlink: [2], path_rename: [0, 3], path_link: [0, 4],
};

// protect(calls, fixed, view): `fixed` are the descriptors of such folders, `view` gives the guest's memory.
function protect(calls, fixed, view) {
  for (const [name, places] of Object.entries(CHANGES)) {
    const call = calls[name];
    calls[name] = (...values) => (places.some((place) => fixed.has(values[place])) ? ROFS : call(...values));
  }
  const { path_open: open, fd_close: close } = calls;
  calls.path_open = (...values) => {
    if (!fixed.has(values[0])) return open(...values);
    if (values[4] & CREATES_OR_TRUNCATES || BigInt(values[5]) & WRITES) return ROFS;
    const error = open(...values);
    if (error === 0) fixed.add(view().getUint32(values[8], true));
    return error;
  };
  calls.fd_close = (file) => {
    const error = close(file);
    if (error === 0) fixed.delete(file);
    return error;
  };
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
const folders = [];
let translates = true;
let scratch = null;
const OPTIONS = [...FOLDERS, '--translate', '--scratch'];
for (; OPTIONS.includes(words[0]); words.splice(0, 2)) {
  const [option, value = ''] = words;
  if (FOLDERS.includes(option)) folders.push(directory(option, value));
  else if (option === '--scratch') scratch = value;
  else if (value === 'off' || value === 'host') translates = value === 'host';
  else refuse(`run.mjs: --translate: found "${value}", expected off or host`);
}
if (words.length === 0) refuse(USAGE);

setFlagsFromString(`--wasm-tiering-budget=${OPTIMIZED_BEHIND}`);
const module = await WebAssembly.compile(await readFile(words[0]));
// A split bundle's data file is in the module's folder. The engine opens it and closes the folder before the guest runs.
const [description] = WebAssembly.Module.customSections(module, 'oci2wasm.bundle');
if (description && JSON.parse(Buffer.from(description)).data) folders.push({ guest: DATA_FOLDER, host: dirname(words[0]), readOnly: true });
let disk = null;
if (scratch !== null) {
  const { openScratch } = await import('./scratch.mjs');
  try {
    disk = openScratch(scratch);
  } catch (error) {
    refuse(`run.mjs: ${error.message}`);
  }
  folders.push({ guest: SCRATCH_FOLDER, host: disk.folder, readOnly: false });
  words.splice(1, 0, disk.engineWord);
}
translates &&= WebAssembly.Module.exports(module).some(({ name }) => name === MAILBOX);
if (translates) words.splice(1, 0, TRANSLATOR);

// The guest gets no variable of this process: give it some with --env NAME=VALUE.
// A folder's descriptor is 3 and its number.
const preopens = Object.fromEntries(folders.map(({ guest, host }) => [guest, host]));
const fixed = folders.filter(({ readOnly }) => readOnly).map(({ guest }) => 3 + Object.keys(preopens).indexOf(guest));
const wasi = new WASI({ version: 'preview1', args: words, env: {}, preopens, returnOnExit: true });
const imports = wasi.getImportObject();
// node 20 calls its own WASI functions from wasm by a short way on which V8's garbage collector can crash; through
// closures it takes the long one.
const calls = imports.wasi_snapshot_preview1;
for (const [name, call] of Object.entries(calls)) calls[name] = (...values) => call(...values);
if (fixed.length > 0) protect(calls, new Set(fixed), () => new DataView(instance.exports.memory.buffer));
if (disk) disk.follow(calls, 3 + Object.keys(preopens).indexOf(SCRATCH_FOLDER));
const yields = calls.sched_yield;
if (translates) calls.sched_yield = () => (install(instance.exports) ? 0 : yields());
const instance = await WebAssembly.instantiate(module, imports);
process.exitCode = wasi.start(instance);
