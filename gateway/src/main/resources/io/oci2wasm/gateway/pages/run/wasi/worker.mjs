// The worker that a bundle runs in: it blocks from the bundle's start to its end.
import { Outputs } from './outputs.mjs';
import { Bell, Pipe } from './pipe.mjs';
import { run } from './preview1.mjs';
import { RangeFile } from './ranges.mjs';

onmessage = ({ data: { module, words, bell, inputs, channels, data } }) => {
  try {
    const shared = new Bell(bell);
    const pipes = inputs.map((buffer) => new Pipe(shared, buffer));
    const outputs = channels.map((buffer, channel) => new Outputs(buffer, channel));
    const file = data && { name: data.name, file: new RangeFile(data, (fault) => postMessage({ fault })) };
    postMessage({ exitCode: run(module, words, shared, pipes, outputs, file) });
  } catch (error) {
    postMessage({ failure: String(error?.stack ?? error) });
  }
};
