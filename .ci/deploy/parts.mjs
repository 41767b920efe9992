// What gateway and workers need of their objects, whoever wrote these. A part has the name of its container.
// The stages of each trigger of a worker.
const STAGES = { 'ingest-worker': ['ingest|deliver'], 'resolve-worker': ['resolve'], 'build-worker': ['build', 'translate'] };
const SECTIONS = { gateway: [], 'ingest-worker': ['ingest', 'delivery'], 'resolve-worker': ['resolve'], 'build-worker': ['build', 'translate'] };

const seconds = (duration) => parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.slice(-1)];

/** The objects of `kind`. */
export const ofKind = (objects, kind) => objects.filter((object) => object.kind === kind);

/** The deployments by their parts. */
export const deploymentsOf = (objects) => new Map(ofKind(objects, 'Deployment').map((one) => [one.spec.template.spec.containers[0].name, one]));

/** Whether a selector takes a pod with these labels. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }, labels) =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  && matchExpressions.every(({ key, operator, values }) => operator === 'In' && values.includes(labels[key]));

/** What the network policies let a pod with these labels do: `direction` is egress or ingress. Peer and port, each as JSON. */
export const allowed = (objects, labels, direction) => [...new Set(ofKind(objects, 'NetworkPolicy')
  .filter(({ spec }) => selects(spec.podSelector, labels))
  .flatMap(({ spec }) => spec[direction] ?? [])
  .flatMap((rule) => rule.ports.flatMap(({ port }) => (rule[direction === 'egress' ? 'to' : 'from'] ?? ['anyone'])
    .map((peer) => JSON.stringify([peer, port])))))].sort();

/** What is wrong with a set of objects whose configuration is `pipeline`. */
export function partErrors(objects, pipeline) {
  const wrong = [];
  const demand = (what, holds) => holds || wrong.push(what);
  const deployments = deploymentsOf(objects);
  const scaled = ofKind(objects, 'ScaledObject');
  demand('expected gateway and three workers', [...deployments.keys()].sort().join() === Object.keys(SECTIONS).sort().join());
  for (const [name, { metadata, spec }] of deployments) {
    const pod = spec.template.spec;
    const { labels } = spec.template.metadata;
    const [container] = pod.containers;
    const drain = Math.max(0, ...SECTIONS[name].map((section) => seconds(pipeline[section]?.work?.drain ?? '30s')));
    demand(`${name}: selector and labels differ`, selects(spec.selector, labels));
    demand(`${name}: other pods are selected too`, [...deployments.values()].filter((one) => selects(spec.selector, one.spec.template.metadata.labels)).length === 1);
    demand(`${name}: ${pod.terminationGracePeriodSeconds} s of grace, expected 10 more than ${drain}`, pod.terminationGracePeriodSeconds >= drain + 10);
    demand(`${name}: may run as root`, pod.securityContext.runAsNonRoot && pod.securityContext.runAsUser > 0);
    demand(`${name}: may write to its root`, container.securityContext.readOnlyRootFilesystem);
    demand(`${name}: may gain privileges`, container.securityContext.allowPrivilegeEscalation === false && container.securityContext.capabilities.drop[0] === 'ALL');
    demand(`${name}: has a token of the API server`, pod.automountServiceAccountToken === false);
    demand(`${name}: lacks a probe`, container.startupProbe && container.livenessProbe && container.readinessProbe);
    demand(`${name}: lacks requests or a limit of memory`, container.resources.requests.cpu && container.resources.limits.memory);
    const ports = container.ports.map((port) => port.name);
    const scheme = name === 'gateway' && pipeline.gateway?.tls ? 'HTTPS' : undefined;
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      demand(`${name}: ${probe} asks another port`, ports.includes(container[probe].httpGet.port));
      demand(`${name}: ${probe} speaks another protocol`, container[probe].httpGet.scheme === scheme);
    }
    demand(`${name}: listens on another port`, container.ports[0].containerPort === (name === 'gateway' ? pipeline.gateway?.port ?? 8080 : pipeline.monitor?.port ?? 9464));
    const volumes = pod.volumes.map((volume) => volume.name);
    demand(`${name}: two volumes have one name`, new Set(volumes).size === volumes.length);
    container.volumeMounts.forEach((mount) => demand(`${name}: mounts ${mount.name}, which is no volume`, volumes.includes(mount.name)));
    const budgets = ofKind(objects, 'PodDisruptionBudget').filter((one) => JSON.stringify(one.spec.selector.matchLabels) === JSON.stringify(spec.selector.matchLabels));
    demand(`${name}: has no disruption budget`, budgets.length === 1);
    demand(`${name}: only ingest has registries' credentials`, name === 'ingest-worker' || !volumes.includes('registries'));
    const target = scaled.filter((one) => one.spec.scaleTargetRef.name === metadata.name);
    demand(`${name}: replicas are set, KEDA and apply would fight`, target.length === 0 || spec.replicas === undefined);
    if (scaled.length > 0 && name in STAGES) {
      demand(`expected a ScaledObject for ${name}`, target.length === 1);
      const expected = STAGES[name].map((stages) => `${stages},${stages}`).join(' and ');
      const named = (query) => [...query.matchAll(/stage=~?"([^"]*)"/g)].map(([, found]) => found).join();
      demand(`${name}: expected it to scale on ${STAGES[name].join(' and ')}`, target.every((one) =>
        one.spec.triggers.map(({ metadata: { query } }) => named(query)).join(' and ') === expected));
    }
  }
  const named = [...deployments.values()].map((one) => one.metadata.name);
  scaled.forEach((one) => demand(`ScaledObject ${one.metadata.name} scales nothing`, named.includes(one.spec.scaleTargetRef.name)));
  for (const service of ofKind(objects, 'Service')) {
    const chosen = [...deployments.values()].filter((one) => selects({ matchLabels: service.spec.selector }, one.spec.template.metadata.labels));
    demand('the Service selects no part', chosen.length === 1);
    const ports = chosen.flatMap((one) => one.spec.template.spec.containers[0].ports.map((port) => port.name));
    service.spec.ports.forEach(({ targetPort }) => demand(`the Service leads to ${targetPort}, which is no port`, ports.includes(targetPort)));
  }
  return wrong;
}
