/** Two projects: unit tests need nothing; the others share one cluster, which starts only when they are selected. */
import type { Config } from "jest";

const swc = { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } };

const shared = {
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", swc] as [string, Record<string, unknown>] },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
};

const config: Config = {
  testTimeout: 60_000,
  maxWorkers: 2,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/{src,scripts,config,bench}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "cluster",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      globalSetup: "<rootDir>/test/support/global-setup.ts",
      globalTeardown: "<rootDir>/test/support/global-teardown.ts",
    },
  ],
};

export default config;
