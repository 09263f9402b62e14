/**
 * Four projects: unit tests need nothing, those of `go` programs that are built with a Go compiler; the others share a cluster each, which
 * starts only when they are selected.
 */
import type { Config } from "jest";

const swc = { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } };

const shared = {
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", swc] as [string, Record<string, unknown>] },
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
};

const config: Config = {
  testTimeout: 180_000,
  maxWorkers: 2,
  // Of the parts that decide and do nothing else, nearly every branch is tried by unit tests: npm run jest -- --selectProjects unit --coverage
  coverageProvider: "v8",
  coverageReporters: ["text-summary", "json-summary"],
  collectCoverageFrom: ["<rootDir>/src/{plan,expand,policies,foreign}/**/*.ts", "!**/*.test.ts"],
  coverageThreshold: {
    global: {},
    "./src/plan/": { branches: 95 },
    "./src/expand/": { branches: 95 },
    "./src/policies/": { branches: 95 },
    "./src/foreign/": { branches: 95 },
  },
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/{src,scripts,config,bench,test/browser,test/cluster/node,test/drift/guards}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "go",
      testMatch: ["<rootDir>/test/{alerts,chart,gitops,reachability,upgrade}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "cluster",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: [
        "<rootDir>/test/(alerts|chart|gitops|reachability|upgrade)/",
        "<rootDir>/test/browser/",
        "<rootDir>/test/e2e/",
        "<rootDir>/test/cluster/node/",
        "<rootDir>/test/drift/guards/",
      ],
      globalSetup: "<rootDir>/test/support/global-setup.ts",
      globalTeardown: "<rootDir>/test/support/global-teardown.ts",
    },
    {
      ...shared,
      displayName: "e2e",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
      globalSetup: "<rootDir>/test/e2e/support/global-setup.ts",
      globalTeardown: "<rootDir>/test/e2e/support/global-teardown.ts",
    },
  ],
};

export default config;
