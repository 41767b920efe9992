// Runs a bundle in a page that is cross-origin isolated.
import { ImmediateReader, OutputReader } from './outputs.mjs';
import { Bell, Pipe } from './pipe.mjs';

/** What a split bundle says of its data file: {file, size}; undefined of another bundle. */
export function dataFile(module) {
  const [description] = WebAssembly.Module.customSections(module, 'oci2wasm.bundle');
  return description && JSON.parse(new TextDecoder().decode(description)).data;
}

/**
 * Starts a bundle.
 *
 * @param {object} options
 * @param {WebAssembly.Module} options.module
 * @param {string[]} options.words its argv
 * @param {(stream: number, bytes: Uint8Array) => unknown} options.take gets what it writes to stream 1 and 2
 * @param {{url: string, tag: string}} [options.data] where a split bundle's data file is, and the ETag that it must have
 * @param {(fault: {why?: string, over: boolean}) => void} [options.takeFault] is told why that file cannot be read, and when it can again
 * @param {(bytes: Uint8Array) => void} [options.takeNet] gets what it writes to NET; without it there is no NET
 * @returns `stdin`, `control` and with NET `net`, to write to; `exitCode`, a promise that is kept when all output has been taken; and
 *   `stop`, which ends the bundle at once: `exitCode` is then never kept
 */
export function start({ module, words, take, data, takeFault, takeNet }) {
  const bell = new Bell();
  const stdin = new Pipe(bell);
  const control = new Pipe(bell);
  const net = takeNet && new Pipe(bell);
  const readers = [new OutputReader(take), ...(net ? [new ImmediateReader(takeNet)] : [])];
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
  const ended = new Promise((resolve, reject) => {
    worker.onmessage = ({ data: told }) => {
      if (told.stream !== undefined) readers[told.channel].receive(told);
      else if (told.fault !== undefined) takeFault?.(told.fault);
      else if (told.exitCode !== undefined) resolve(told.exitCode);
      else reject(new Error(told.failure));
    };
    worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message ?? 'its script did not load'}`));
  });
  const inputs = [stdin, control, ...(net ? [net] : [])].map(({ buffer }) => buffer);
  const channels = readers.map(({ buffer }) => buffer);
  const file = dataFile(module);
  worker.postMessage({ module, words, bell: bell.buffer, inputs, channels, data: file && { ...data, name: file.file, size: file.size } });
  const exitCode = ended.then((code) => readers[0].drained().then(() => code)).finally(() => worker.terminate());
  return { stdin, control, net, exitCode, stop: () => worker.terminate() };
}
