/** What of the chart is generated. */
import { renderChartYaml } from "./chart-yaml.ts";
import { valuesJsonSchema } from "./fields.ts";
import { renderReadme } from "./readme.ts";
import { crdTemplates, priorityTemplates, rbacTemplates } from "./templates.ts";
import { renderValuesYaml } from "./values-yaml.ts";

const CHART = "charts/palisade";

const IGNORED = "# For people and GitOps tools; a release needs none of it.\ngitops/\n";

export const chartFiles = [
  { path: `${CHART}/.helmignore`, render: () => IGNORED },
  { path: `${CHART}/Chart.yaml`, render: renderChartYaml },
  { path: `${CHART}/values.yaml`, render: renderValuesYaml },
  { path: `${CHART}/values.schema.json`, render: () => `${JSON.stringify(valuesJsonSchema(), null, 2)}\n` },
  { path: `${CHART}/README.md`, render: renderReadme },
  ...crdTemplates,
  ...rbacTemplates,
  ...priorityTemplates,
];
