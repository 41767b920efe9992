// Holds manifests against Kubernetes' and KEDA's schemas: by value (types, what is required, patterns) and, as TypeScript, by
// name (a field that does not exist is one too many, which the schemas alone let pass). Then against what the parts need.
// Usage: node kubernetes.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import YAML from 'yaml';
import { typeErrors } from './types.mjs';

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

const moduleOf = ({ apiVersion }) =>
  apiVersion.startsWith('keda.sh/') ? `@kubernetes-models/keda/${apiVersion}` : `kubernetes-models/${apiVersion}`;
const source = [];
for (const [index, { file, object }] of resources.entries()) {
  const where = `${file}, ${object.kind} ${object.metadata?.name}`;
  try {
    new (await import(moduleOf(object)))[object.kind](object).validate();
  } catch (error) {
    wrong.push(`${where}: ${error.message}`);
  }
  source.push(`import { I${object.kind} as T${index} } from '${moduleOf(object)}';`);
  source.push(`export const o${index}: T${index} = ${JSON.stringify(object)}; // ${where}`);
}
for (const { line, message } of typeErrors('manifests.ts', source)) {
  wrong.push(`${source[line - 1].split(' // ')[1] ?? source[line - 1]}: ${message}`);
}

const finish = () => {
  wrong.forEach((line) => console.log(line));
  console.log(`${resources.length} objects, ${wrong.length} wrong`);
  process.exit(wrong.length ? 1 : 0);
};
if (wrong.length) {
  finish();
}

const all = (kind) => resources.map(({ object }) => object).filter((object) => object.kind === kind);
const demand = (what, holds) => holds || wrong.push(what);
const seconds = (duration) => parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.slice(-1)];
const deployments = new Map(all('Deployment').map((one) => [one.metadata.name, one]));
demand('expected gateway and three workers', [...deployments.keys()].sort().join() === 'build-worker,gateway,ingest-worker,resolve-worker');
for (const [name, { spec }] of deployments) {
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const drain = seconds(pipeline[name.replace('-worker', '')]?.work?.drain ?? '0s');
  demand(`${name}: selector and labels differ`, JSON.stringify(spec.selector.matchLabels) === JSON.stringify(spec.template.metadata.labels));
  demand(`${name}: ${pod.terminationGracePeriodSeconds} s of grace, expected 10 more than ${drain}`, pod.terminationGracePeriodSeconds >= drain + 10);
  demand(`${name}: may run as root`, pod.securityContext.runAsNonRoot && pod.securityContext.runAsUser > 0);
  demand(`${name}: may write to its root`, container.securityContext.readOnlyRootFilesystem);
  demand(`${name}: may gain privileges`, container.securityContext.allowPrivilegeEscalation === false && container.securityContext.capabilities.drop[0] === 'ALL');
  demand(`${name}: has a token of the API server`, pod.automountServiceAccountToken === false);
  demand(`${name}: lacks a probe`, container.startupProbe && container.livenessProbe && container.readinessProbe);
  demand(`${name}: lacks requests or a limit of memory`, container.resources.requests.cpu && container.resources.limits.memory);
  const ports = container.ports.map((port) => port.name);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    demand(`${name}: ${probe} asks another port`, ports.includes(container[probe].httpGet.port));
  }
  const volumes = pod.volumes.map((volume) => volume.name);
  container.volumeMounts.forEach((mount) => demand(`${name}: mounts ${mount.name}, which is no volume`, volumes.includes(mount.name)));
  demand(`${name}: has no disruption budget`, all('PodDisruptionBudget').some((one) =>
    JSON.stringify(one.spec.selector.matchLabels) === JSON.stringify(spec.selector.matchLabels)));
  const config = kustomization.configMapGenerator.map((one) => one.name);
  pod.volumes.filter((volume) => volume.configMap).forEach((volume) => demand(`${name}: no config map ${volume.configMap.name}`, config.includes(volume.configMap.name)));
  demand(`${name}: only ingest has registries' credentials`, volumes.includes('registries') === (name === 'ingest-worker'));
}
demand('expected a ScaledObject for each worker', all('ScaledObject').map((one) => one.spec.scaleTargetRef.name).sort().join() === 'build-worker,ingest-worker,resolve-worker');
// What each worker takes; ingest-worker also delivers.
const STAGES = { 'ingest-worker': 'ingest|deliver', 'resolve-worker': 'resolve', 'build-worker': 'build' };
for (const { spec } of all('ScaledObject')) {
  demand(`${spec.scaleTargetRef.name}: replicas are set, KEDA and apply would fight`, deployments.get(spec.scaleTargetRef.name).spec.replicas === undefined);
  const stages = STAGES[spec.scaleTargetRef.name];
  demand(`${spec.scaleTargetRef.name}: expected it to scale on ${stages}`, spec.triggers.every(({ metadata }) =>
    [...metadata.query.matchAll(/stage=~?"([^"]*)"/g)].map(([, found]) => found).join() === `${stages},${stages}`));
}
demand('the Service selects no part', all('Service').every((one) => deployments.has(one.spec.selector['app.kubernetes.io/name'])));
const egress = all('NetworkPolicy').filter((one) => one.spec.egress && (one.spec.podSelector.matchLabels?.['app.kubernetes.io/name'] === 'build-worker'
  || one.spec.podSelector.matchExpressions?.some((expression) => expression.values.includes('build-worker'))));
demand('build-worker: expected Kafka and S3 only', egress.flatMap((one) => one.spec.egress.flatMap((rule) => rule.ports.map((port) => port.port))).sort().join() === '8333,9092');

finish();
