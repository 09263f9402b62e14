/** The chart's alerts and dashboard, as their files hold them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const FILES = join(import.meta.dirname, "../../charts/palisade/files");

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

export const ALERTS: readonly Alert[] = (
  parse(readFileSync(join(FILES, "alerts.yaml"), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  }
).groups.flatMap(({ rules }) => rules);

export const PANELS: readonly Panel[] = (
  JSON.parse(readFileSync(join(FILES, "dashboard.json"), "utf8")) as { readonly panels: readonly Panel[] }
).panels;

/** Every query of the dashboard. */
export const QUERIES: readonly string[] = PANELS.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
