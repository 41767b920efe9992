// Runs a component in node with jco: run_jco.mjs TOOLS [OPTION VALUE]… COMPONENT [WORD]…
//
// TOOLS is what engine/host/component/tools.sh left. Options before the component go behind it, where a component has
// them. The component is transpiled once, into a folder beside it.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [tools, ...words] = process.argv.slice(2);
// Before the component every option but this one has a value.
const at = words.findIndex((word, i) => !word.startsWith('-') && (!words[i - 1]?.startsWith('-') || words[i - 1] === '-P'));
const component = resolve(words[at]);
const folder = `${component}.jco`;
const shims = `${resolve(tools)}/node_modules/@bytecodealliance`;
// What the component sees as its arguments: process.argv without its first word, as it is when the shims are loaded.
process.argv = [process.argv[0], basename(component), ...words.slice(0, at), ...words.slice(at + 1)];

if (!existsSync(folder)) {
  const { transpile } = await import(pathToFileURL(`${shims}/jco-transpile/dist/index.js`));
  const { files } = await transpile(component, { name: 'component' });
  const made = `${folder}.${process.pid}`;
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(`${made}/${name}`), { recursive: true });
    writeFileSync(`${made}/${name}`, bytes);
  }
  writeFileSync(`${made}/package.json`, '{"type": "module"}');
  const main = readFileSync(`${made}/component.js`, 'utf8');
  writeFileSync(`${made}/component.js`, main.replaceAll(/(['"])@bytecodealliance\/preview2-shim\/([a-z-]+)\1/g, (_, quote, part) => (
    `${quote}${pathToFileURL(`${shims}/preview2-shim/dist/nodejs/${part}.js`)}${quote}`)));
  renameSync(made, folder);
}
const { run } = await import(pathToFileURL(`${folder}/component.js`));
run.run();
