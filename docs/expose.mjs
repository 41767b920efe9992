// The ports that a bundle's image exposes: records `expose` of its launch description (docs/FORMATS.md, "The bundle").
import { readFile } from 'node:fs/promises';

const DATA_SECTION = 11;
const PASSIVE = 1;
const I32_CONST = 0x41;
const END = 0x0b;
const LAUNCH_SEGMENT = 17;

function reader(bytes) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw new Error('found no number');
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const take = (length) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  return { number, take, ended: () => at >= bytes.length };
}

/** Ports like `80/tcp`; none if the file is no bundle: whoever runs it says what is wrong with it. */
export async function exposedPorts(file) {
  const module = reader(await readFile(file));
  module.take(8);
  while (!module.ended()) {
    const id = module.number();
    const body = module.take(module.number());
    if (id !== DATA_SECTION) continue;
    const data = reader(body);
    const count = data.number();
    for (let i = 0; i < count; i++) {
      // An active segment of the engine's own begins with its address.
      if (data.number() !== PASSIVE && (data.number() !== I32_CONST || data.number() < 0 || data.number() !== END)) return [];
      const content = data.take(data.number());
      if (i < LAUNCH_SEGMENT) continue;
      const records = Buffer.from(content).toString().split('\0');
      return records.filter((each) => each.startsWith('expose=')).map((each) => each.slice('expose='.length));
    }
  }
  return [];
}
