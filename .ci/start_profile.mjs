// Where the start of a bundle in node goes: start_profile.mjs BUNDLE WORD…, like docs/run.mjs with a clock. One line, milliseconds.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const words = process.argv.slice(2);
const marks = [['node', performance.now()]];
const mark = (name) => marks.push([name, performance.now()]);

const bytes = await readFile(words[0]);
mark('read');
const module = await WebAssembly.compile(bytes);
mark('compile');
const wasi = new WASI({ version: 'preview1', args: words, env: {}, returnOnExit: true });
const imports = wasi.getImportObject();
const calls = imports.wasi_snapshot_preview1;
let written = false;
for (const [name, call] of Object.entries(calls)) {
  calls[name] = (...values) => {
    if (name === 'fd_write' && values[0] === 1 && !written) {
      written = true;
      mark('guest until its first output');
    }
    return call(...values);
  };
}
const instance = await WebAssembly.instantiate(module, imports);
mark('instantiate');
process.exitCode = wasi.start(instance);
mark('guest until its end');

let before = 0;
const parts = marks.map(([name, at]) => {
  const part = `${name} ${(at - before).toFixed(0)}`;
  before = at;
  return part;
});
console.error(`profile: ${parts.join(', ')}, all ${before.toFixed(0)}`);
