// Holds what Helm rendered of the chart against schemas, what the parts need, and the kustomization; and what Helm refused against
// what it should have said. Usage:
// node chart.mjs mistakes FOLDER                    writes a values file for each mistake of mistakes.yaml
// node chart.mjs refused FOLDER                     what was said of them
// node chart.mjs rendered FOLDER KUSTOMIZATION REFERENCE SCHEMA
//     FOLDER has a file of objects for each values file; the configurations are written to FOLDER/config
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import YAML from 'yaml';
import { schemaErrors } from './objects.mjs';
import { allowed, deploymentsOf, ofKind, partErrors } from './parts.mjs';

const [command, folder, ...more] = process.argv.slice(2);
const text = (file) => readFileSync(file, 'utf8');
const wrong = [];
const demand = (what, holds) => holds || wrong.push(what);
const finish = (counted) => {
  wrong.forEach((line) => console.log(line));
  console.log(`${counted}, ${wrong.length} wrong`);
  process.exit(wrong.length ? 1 : 0);
};
const mistakes = YAML.parse(text('mistakes.yaml'));

if (command === 'mistakes') {
  mkdirSync(folder);
  mistakes.forEach(({ values }, index) => writeFileSync(join(folder, `${index}.yaml`), YAML.stringify(values)));
} else if (command === 'refused') {
  mistakes.forEach(({ values, says }, index) => {
    const file = join(folder, `${index}.refused`);
    const said = existsSync(file) ? text(file) : '';
    if (!said) {
      wrong.push(`rendered: ${JSON.stringify(values)}`);
    } else {
      says.filter((words) => !said.includes(words)).forEach((words) =>
        wrong.push(`${JSON.stringify(values)}: expected ${words} in: ${said}`));
    }
  });
  finish(`${mistakes.length} mistakes`);
} else {
  await rendered(...more);
}

async function rendered(kustomization, reference, schema) {
  const documents = (file) => YAML.parseAllDocuments(text(file), { strict: true, uniqueKeys: true }).map((document) => {
    document.errors.forEach((error) => wrong.push(`${file}: ${error.message}`));
    return document.toJS();
  }).filter((object) => object);
  const sets = new Map(readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort()
    .map((name) => [name.replace('.yaml', ''), documents(join(folder, name))]));
  readdirSync(folder).filter((name) => name.endsWith('.refused')).forEach((name) => wrong.push(`${name}: ${text(join(folder, name))}`));
  wrong.push(...await schemaErrors([...sets].flatMap(([file, objects]) => objects.map((object) => ({ file, object })))));
  if (wrong.length) {
    finish(`${sets.size} sets of objects`);
  }

  const pipelineOf = (objects) => YAML.parse(ofKind(objects, 'ConfigMap')[0].data['oci2wasm.yaml']);
  mkdirSync(join(folder, 'config'));
  for (const [name, objects] of sets) {
    const pipeline = pipelineOf(objects);
    writeFileSync(join(folder, 'config', `${name}.yaml`), YAML.stringify(pipeline));
    wrong.push(...partErrors(objects, pipeline).map((error) => `${name}: ${error}`));
    wrong.push(...filesErrors(objects, pipeline).map((error) => `${name}: ${error}`));
    const ids = objects.map((object) => `${object.kind} ${object.metadata.name}`);
    demand(`${name}: two objects have one name`, new Set(ids).size === ids.length);
  }
  const kustomized = documents(kustomization);
  wrong.push(...differences(kustomized, sets.get('keda')).map((what) => `unlike the kustomization: ${what}`));
  wrong.push(...networkErrors(sets));

  const everything = sets.get('everything');
  for (const kind of ['Ingress', 'PodMonitor', 'ScaledObject', 'NetworkPolicy', 'PodDisruptionBudget', 'ServiceAccount']) {
    demand(`everything: no ${kind}`, ofKind(everything, kind).length > 0);
  }
  const gateway = deploymentsOf(everything).get('gateway').spec.template;
  const [container] = gateway.spec.containers;
  demand('everything: env of gateway', container.env.map(({ name }) => name).join() === 'OCI2WASM_LOG_FORMAT,OTEL_EXPORTER_OTLP_ENDPOINT,JDK_JAVA_OPTIONS');
  demand('everything: labels of gateway', gateway.metadata.labels.cost === 'shared' && gateway.metadata.labels.tier === 'front');
  const builder = deploymentsOf(everything).get('build-worker').spec.template.spec;
  demand('everything: volumes of build-worker', ['authorities', 'cache', 'scratch'].every((name) => builder.volumes.some((one) => one.name === name)));
  demand('everything: scratch of build-worker', builder.containers[0].volumeMounts.some((one) => one.name === 'scratch' && one.mountPath === '/var/scratch'));
  demand('everything: hosts of the gateway', pipelineOf(everything).gateway.hosts.join() === 'other.example,gateway.example');
  demand('everything: grace of ingest-worker', deploymentsOf(everything).get('ingest-worker').spec.template.spec.terminationGracePeriodSeconds === 330);
  demand('minimal: expected no optional object', ofKind(sets.get('minimal'), 'Ingress').length + ofKind(sets.get('minimal'), 'ScaledObject').length
    + ofKind(sets.get('minimal'), 'PodMonitor').length + ofKind(sets.get('minimal'), 'NetworkPolicy').length === 0);
  demand('minimal: expected one gateway at a time', deploymentsOf(sets.get('minimal')).get('gateway').spec.strategy?.type === 'Recreate');

  const sections = Object.keys(YAML.parse(text(reference))).sort().join();
  const known = Object.keys(JSON.parse(text(schema)).properties.config.properties).sort().join();
  demand(`values.schema.json knows sections ${known}, the reference has ${sections}`, known === sections);
  finish(`${sets.size} sets of ${[...sets.values()].flat().length} objects`);
}

/** Files that a part's configuration names and its pod has not. */
function filesErrors(objects, pipeline) {
  const SECTIONS = { gateway: ['kafka', 'store', 'gateway'], 'ingest-worker': ['kafka', 'store', 'registries', 'ingest', 'delivery'],
    'resolve-worker': ['kafka', 'store', 'resolve'], 'build-worker': ['kafka', 'store', 'build'] };
  return [...deploymentsOf(objects)].flatMap(([part, { spec }]) => {
    const pod = spec.template.spec;
    const here = pod.containers[0].volumeMounts.flatMap(({ name, mountPath }) => {
      const { secret } = pod.volumes.find((volume) => volume.name === name);
      return secret?.items ? secret.items.map((item) => `${mountPath}/${item.path}`) : [mountPath];
    });
    const asked = SECTIONS[part].flatMap((section) => JSON.stringify(pipeline[section] ?? {}).match(/\/run\/secrets\/[^"}\\]*/g) ?? []);
    return asked.filter((file) => !here.some((path) => file === path || (!path.startsWith('/run/secrets/oci2wasm') && file.startsWith(`${path}/`))))
      .map((file) => `${part}: config names ${file}, the pod has ${here}`);
  });
}

/** What matters in a part, without the names of objects. */
function essence({ spec }) {
  const { metadata, spec: pod } = spec.template;
  const [{ imagePullPolicy, ...container }] = pod.containers;
  const { 'checksum/config': checksum, ...annotations } = metadata.annotations;
  const { serviceAccountName, ...rest } = pod;
  const volumes = pod.volumes.map((volume) => (volume.configMap ? { ...volume, configMap: {} } : volume));
  return { replicas: spec.replicas, annotations, ...rest, containers: [container], volumes };
}

function differences(kustomized, chart) {
  const found = [];
  const same = (what, expected, here) => isDeepStrictEqual(expected, here)
    || found.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(here)}`);
  const [expected, here] = [deploymentsOf(kustomized), deploymentsOf(chart)];
  for (const [part, deployment] of expected) {
    const [one, other] = [essence(deployment), essence(here.get(part))];
    Object.keys({ ...one, ...other }).forEach((key) => same(`${part}: ${key}`, one[key], other[key]));
    const scaling = (objects, deployments) => ofKind(objects, 'ScaledObject')
      .filter((object) => object.spec.scaleTargetRef.name === deployments.get(part).metadata.name)
      .map(({ spec: { scaleTargetRef, ...spec } }) => spec);
    same(`${part}: scaling`, scaling(kustomized, expected), scaling(chart, here));
    for (const direction of ['egress', 'ingress']) {
      const can = (objects, deployments) => allowed(objects, deployments.get(part).spec.template.metadata.labels, direction);
      same(`${part}: ${direction}`, can(kustomized, expected), can(chart, here));
    }
  }
  const configOf = (objects) => YAML.parse(ofKind(objects, 'ConfigMap')[0].data['oci2wasm.yaml']);
  same('oci2wasm.yaml', configOf(kustomized), configOf(chart));
  const budgets = (objects) => ofKind(objects, 'PodDisruptionBudget').map(({ spec: { selector, ...spec } }) => spec);
  same('disruption budgets', budgets(kustomized), budgets(chart));
  const services = (objects) => ofKind(objects, 'Service').map(({ spec }) => spec.ports);
  same('ports of the Service', services(kustomized), services(chart));
  return found;
}

/** Where the policies let parts talk to other ports than their configuration says. */
function networkErrors(sets) {
  const found = [];
  const outgoing = (name, part) => {
    const deployment = deploymentsOf(sets.get(name)).get(part);
    return allowed(sets.get(name), deployment.spec.template.metadata.labels, 'egress').map((rule) => JSON.parse(rule)[1]).sort().join();
  };
  const expected = [
    ['defaults', 'build-worker', '53,8333,9092'],
    ['defaults', 'gateway', '443,53,5432,8333,9092'],
    ['kafka-sasl', 'build-worker', '53,8333,9094'],
    ['everything', 'build-worker', '4318,5001,53,8333,9092'],
    ['everything', 'resolve-worker', '4318,53,8333,9092'],
    ['everything', 'ingest-worker', '4318,443,5000,53,8333,9092'],
  ];
  for (const [name, part, ports] of expected) {
    const here = outgoing(name, part);
    if (here !== ports) {
      found.push(`${name}: ${part} reaches ports ${here}, expected ${ports}`);
    }
  }
  return found;
}
