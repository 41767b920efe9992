// What an engine has translated, installed while it runs (docs/FORMATS.md, "The mailbox"). In a worker only: browsers
// compile modules of some size synchronously nowhere else.
const MAILBOX = 'translation_mailbox';
const OFFERED = 1;
const INSTALLED = 2;
const REFUSED = 3;

/** The option that says what is installed here. */
export const TRANSLATOR = '--translator=simd,unit=1000';

/** Has this bundle a mailbox? */
export function hasMailbox(module) {
  return WebAssembly.Module.exports(module).some(({ name }) => name === MAILBOX);
}

function functionsOf({ exports }, count) {
  const functions = Object.keys(exports).map((_, i) => exports[i]);
  if (functions.length !== count || functions.some((each) => typeof each !== 'function')) {
    throw new TypeError(`expected ${count} functions`);
  }
  return functions;
}

/** Installs what the bundle with these exports offers, if it offers something. */
export function installOffered({ memory, __indirect_function_table: table, [MAILBOX]: mailbox }) {
  // The numbers are looked up each time, as memory may have grown between.
  const numbers = () => new Uint32Array(memory.buffer, mailbox.value, 6);
  const [, state, address, length, count] = numbers();
  if (state !== OFFERED) return;
  try {
    const module = new WebAssembly.Module(new Uint8Array(memory.buffer, address, length));
    const functions = functionsOf(new WebAssembly.Instance(module, { env: { memory, table } }), count);
    const first = table.grow(count);
    functions.forEach((each, i) => table.set(first + i, each));
    numbers().set([first], 5);
    numbers().set([INSTALLED], 1);
  } catch {
    numbers().set([REFUSED], 1);
  }
}
