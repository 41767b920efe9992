// Runs a bundle in a page that is cross-origin isolated.
import { OutputReader } from './outputs.mjs';
import { Pipe } from './pipe.mjs';

// Starts the bundle at `url` with `words` as its argv; `take(stream, bytes)` gets what it writes to stream 1 and 2.
// Returns `stdin`, to write to, and `exitCode`, a promise that is kept when all output has been taken.
export function start({ url, words, take }) {
  const stdin = new Pipe();
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
  // The worker's own base is where its script lies.
  const absolute = new URL(url, document.baseURI).href;
  worker.postMessage({ url: absolute, words, stdin: stdin.buffer, outputs: outputs.buffer });
  const exitCode = ended.then((code) => outputs.drained().then(() => code)).finally(() => worker.terminate());
  return { stdin, exitCode };
}
