// Holds the manifests of a kustomization against their schemas, and against what the parts need.
// Usage: node kubernetes.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import YAML from 'yaml';
import { schemaErrors } from './objects.mjs';
import { allowed, deploymentsOf, ofKind, partErrors } from './parts.mjs';

const folder = process.argv[2];
const wrong = [];
const read = (name) => YAML.parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { strict: true, uniqueKeys: true })
  .map((document) => {
    document.errors.forEach((error) => wrong.push(`${name}: ${error.message}`));
    return document.toJS();
  });
const kustomization = read('kustomization.yaml')[0];
const pipeline = read('oci2wasm.yaml')[0];
const resources = kustomization.resources.flatMap((file) => read(file).map((object) => ({ file, object })));

const folders = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !['kustomization.yaml', 'oci2wasm.yaml'].includes(name));
if (folders.sort().join() !== [...kustomization.resources].sort().join()) {
  wrong.push(`kustomization.yaml: names ${kustomization.resources}, found ${folders}`);
}
wrong.push(...await schemaErrors(resources));

const finish = () => {
  wrong.forEach((line) => console.log(line));
  console.log(`${resources.length} objects, ${wrong.length} wrong`);
  process.exit(wrong.length ? 1 : 0);
};
if (wrong.length) {
  finish();
}

const objects = resources.map(({ object }) => object);
const deployments = deploymentsOf(objects);
const demand = (what, holds) => holds || wrong.push(what);
wrong.push(...partErrors(objects, pipeline));
for (const [name, { spec }] of deployments) {
  const pod = spec.template.spec;
  const config = kustomization.configMapGenerator.map((one) => one.name);
  pod.volumes.filter((volume) => volume.configMap).forEach((volume) => demand(`${name}: no config map ${volume.configMap.name}`, config.includes(volume.configMap.name)));
  demand(`${name}: only ingest has registries' credentials`, pod.volumes.some((volume) => volume.name === 'registries') === (name === 'ingest-worker'));
}
demand('expected a ScaledObject for each worker', ofKind(objects, 'ScaledObject').map((one) => one.spec.scaleTargetRef.name).sort().join() === 'build-worker,ingest-worker,resolve-worker');
const builds = deployments.get('build-worker')?.spec.template.metadata.labels ?? {};
demand('build-worker: expected Kafka and S3 only', allowed(objects, builds, 'egress').map((rule) => JSON.parse(rule)[1]).sort().join() === '53,8333,9092');

finish();
