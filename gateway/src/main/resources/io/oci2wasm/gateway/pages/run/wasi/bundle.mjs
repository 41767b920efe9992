// Runs a bundle in a page that is cross-origin isolated.
import { OutputReader } from './outputs.mjs';
import { Bell, Pipe } from './pipe.mjs';

// The descriptor from which a bundle reads control lines when its words say `--control 3` (docs/FORMATS.md, "Host
// contract").
export const CONTROL = 3;

/**
 * Starts a bundle.
 *
 * @param {object} options
 * @param {WebAssembly.Module} options.module
 * @param {string[]} options.words its argv
 * @param {(stream: number, bytes: Uint8Array) => unknown} options.take gets what it writes to stream 1 and 2
 * @returns `stdin` and `control`, to write to; `exitCode`, a promise that is kept when all output has been taken; and
 *   `stop`, which ends the bundle at once: `exitCode` is then never kept
 */
export function start({ module, words, take }) {
  const bell = new Bell();
  const stdin = new Pipe(bell);
  const control = new Pipe(bell);
  const outputs = new OutputReader(take);
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
  const ended = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.stream !== undefined) outputs.receive(data);
      else if (data.exitCode !== undefined) resolve(data.exitCode);
      else reject(new Error(data.failure));
    };
    worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message ?? 'its script did not load'}`));
  });
  const inputs = [stdin.buffer, control.buffer];
  worker.postMessage({ module, words, bell: bell.buffer, inputs, outputs: outputs.buffer });
  const exitCode = ended.then((code) => outputs.drained().then(() => code)).finally(() => worker.terminate());
  return { stdin, control, exitCode, stop: () => worker.terminate() };
}
