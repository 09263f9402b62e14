/** The kernel settings that a kubelet makes for the whole machine: noted before, and put back after. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SETTINGS = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"];

const pathOf = (setting: string): string => join("/proc/sys", setting);
const fileOf = (folder: string): string => join(folder, "kernel.json");

export const hasNotedKernelSettings = (folder: string): boolean => existsSync(fileOf(folder));

/** What another running node noted stands for this one too: the settings are its kubelet's by now. */
export function noteKernelSettings(folder: string): void {
  const others = readdirSync(dirname(folder)).map((name) => fileOf(join(dirname(folder), name)));
  const noted = others.find((file) => existsSync(file));
  writeFileSync(fileOf(folder), noted === undefined ? JSON.stringify(currentSettings()) : readFileSync(noted));
}

const currentSettings = (): Readonly<Record<string, string>> =>
  Object.fromEntries(SETTINGS.map((setting) => [setting, readFileSync(pathOf(setting), "utf8").trim()]));

export function restoreKernelSettings(folder: string): void {
  const values = JSON.parse(readFileSync(fileOf(folder), "utf8")) as Readonly<Record<string, string>>;
  for (const [setting, value] of Object.entries(values)) writeFileSync(pathOf(setting), value);
}
