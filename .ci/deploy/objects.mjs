// Holds objects against the schemas of Kubernetes, KEDA and Prometheus' operator: by value (types, what is required, patterns) and,
// as TypeScript, by name (a field that does not exist is one too many, which the schemas alone let pass).
import { typeErrors } from './types.mjs';

const PACKAGES = { 'keda.sh': '@kubernetes-models/keda', 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };
const moduleOf = ({ apiVersion }) => `${PACKAGES[apiVersion.split('/')[0]] ?? 'kubernetes-models'}/${apiVersion}`;

/** What is wrong with `resources`, each {file, object}. */
export async function schemaErrors(resources) {
  const wrong = [];
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
  return wrong;
}
