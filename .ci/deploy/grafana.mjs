// Holds a dashboard against Grafana's own types. Usage: node grafana.mjs DASHBOARD
import { readFileSync } from 'node:fs';
import { typeErrors } from './types.mjs';

const json = readFileSync(process.argv[2], 'utf8');
const dashboard = JSON.parse(json);
// An enum's word is written as its member in TypeScript.
const literal = json.replaceAll('"absolute"', 'ThresholdsMode.Absolute');
const lines = ["import { type Dashboard, ThresholdsMode } from '@grafana/schema';",
  ...`export const dashboard: Dashboard = ${literal}`.split('\n')];
const wrong = typeErrors('dashboard.ts', lines).map(({ line, message }) => `line ${line - 1}: ${message}`);

const ids = dashboard.panels.map((panel) => panel.id);
if (new Set(ids).size !== ids.length) {
  wrong.push('two panels have one id');
}
for (const panel of dashboard.panels) {
  const { x, y, w, h } = panel.gridPos;
  for (const other of dashboard.panels) {
    const at = other.gridPos;
    if (other.id > panel.id && x < at.x + at.w && at.x < x + w && y < at.y + at.h && at.y < y + h) {
      wrong.push(`panels "${panel.title}" and "${other.title}" overlap`);
    }
  }
  if (panel.type !== 'row' && !panel.description) {
    wrong.push(`panel "${panel.title}" says not what it shows`);
  }
}
wrong.forEach((line) => console.log(line));
console.log(`${dashboard.panels.length} panels, ${wrong.length} wrong`);
process.exit(wrong.length ? 1 : 0);
