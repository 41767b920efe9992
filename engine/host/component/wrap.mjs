// What a component has around its core module: node wrap.mjs TOOLS ENGINE-COMPONENT.WASM OUT-FOLDER
//
// TOOLS is where tools.sh left them. Writes component.prefix and component.suffix; between them belong the byte 1, the
// module's size as LEB128 and the module (docs/FORMATS.md, "The component"). The module's contents do not matter to them.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [tools, engine, out] = process.argv.slice(2);
const { componentEmbed, componentNew } = await import(pathToFileURL(`${tools}/node_modules/@bytecodealliance/jco-transpile/dist/wasm-tools.js`));
const SECTION = { CORE_MODULE: 1, CODE: 10, DATA: 11, DATA_COUNT: 12 };
const SEGMENTS = 19;
const PASSIVE_AND_EMPTY = [1, 0];

function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

function readLeb(bytes, at) {
  let value = 0;
  let shift = 0;
  for (; bytes[at] > 127; at++, shift += 7) value |= (bytes[at] & 127) << shift;
  return [value | (bytes[at] << shift), at + 1];
}

const section = (id, ...parts) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([id]), leb(content.length), content]);
};

/** A bundle of the engine whose three segments are empty: as it is, it reads segments that it does not have. */
function bundle(module) {
  const parts = [module.subarray(0, 8)];
  for (let at = 8; at < module.length;) {
    const id = module[at];
    const [size, start] = readLeb(module, at + 1);
    const content = module.subarray(start, start + size);
    at = start + size;
    if (id === SECTION.CODE) parts.push(section(SECTION.DATA_COUNT, leb(SEGMENTS)));
    if (id === SECTION.DATA) {
      const [count, first] = readLeb(content, 0);
      const more = new Array(SEGMENTS - count).fill(PASSIVE_AND_EMPTY).flat();
      parts.push(section(id, leb(SEGMENTS), content.subarray(first), Buffer.from(more)));
    } else parts.push(section(id, content));
  }
  return Buffer.concat(parts);
}

const module = bundle(readFileSync(engine));
const witSource = readFileSync(new URL('engine.wit', import.meta.url), 'utf8');
const embedded = await componentEmbed({ binary: module, witSource, world: 'engine' });
const component = Buffer.from(await componentNew(embedded, [['wasi_snapshot_preview1', readFileSync(`${tools}/adapter.wasm`)]]));
const start = component.indexOf(module);
// The tools add a custom section about themselves behind the module's own: it goes.
const size = [1, 2, 3, 4, 5].map((length) => component.subarray(start - length, start)).find((bytes) => (
  start > bytes.length && component[start - bytes.length - 1] === SECTION.CORE_MODULE && readLeb(bytes, 0)[0] >= module.length
  && readLeb(bytes, 0)[1] === bytes.length));
if (start < 0 || !size) {
  throw new Error('found no core module like the one that was given: expected it as it is in one section of the component');
}
writeFileSync(`${out}/component.prefix`, component.subarray(0, start - size.length - 1));
writeFileSync(`${out}/component.suffix`, component.subarray(start + readLeb(size, 0)[0]));
