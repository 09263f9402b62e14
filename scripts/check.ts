/** What to run before each commit: static checks and unit tests, together in less than a minute. The last line is `N passed, N failed`. */
import { conclude, jest } from "./run.ts";
import { staticChecks } from "./static-checks.ts";
import { sum } from "./test-count.ts";

conclude(sum(await Promise.all([staticChecks(), jest("unit tests", ["--selectProjects", "unit"])])));
