/** Credentials where they should not stand. */
import { brokenAt, type Rule } from "./rule.ts";

export const credentialsInVariables: Rule = {
  id: "credentials-in-variables",
  title: "credentials in variables",
  reason:
    "A credential in a manifest is read by everybody who may read the object, and stays in every copy of the file.",
  fix: "Move it to a Secret, change it, and read it from a file.",
  palisade: "a SecureWorkload reads Secrets as files, and shares none with other workloads unasked",
  attack: ["T1552"],
  cis: ["5.4.1"],
  broken: function* ({ facts }) {
    for (const { credentials } of facts.workloads.values())
      for (const { name, place } of credentials)
        yield brokenAt("medium", `${name.startsWith("--") ? "flag" : "variable"} ${name}`, place, name);
  },
};

export const credentialsInConfigMaps: Rule = {
  id: "credentials-in-config-maps",
  title: "credentials in ConfigMaps",
  reason: "Whoever may read the namespace reads its ConfigMaps, and they are encrypted nowhere.",
  fix: "Move it to a Secret, and change it.",
  attack: ["T1552"],
  cis: ["5.4.1"],
  broken: function* ({ facts }) {
    for (const { name, place } of facts.credentials) yield brokenAt("medium", `key ${name}`, place, name);
  },
};

export const secretsAsVariables: Rule = {
  id: "secrets-in-variables",
  title: "Secrets as variables",
  reason: "Variables end up in dumps, logs and every child process; a file is read by whom it is for.",
  fix: "Mount the Secret, and read it from a file.",
  attack: ["T1552"],
  cis: ["5.4.1"],
  broken: function* ({ facts }) {
    for (const { secretVariables } of facts.workloads.values())
      for (const { name, place } of secretVariables) yield brokenAt("info", `variable ${name}`, place, name);
  },
};

export const mining: Rule = {
  id: "mining",
  title: "signs of mining",
  reason: "The image, the program or the address is one of those that mine coins.",
  fix: "Find out who deployed it, and take it away.",
  palisade: "images come from registries that the platform team allows, and every container has limits",
  attack: ["T1496"],
  cis: [],
  broken: function* ({ facts }) {
    for (const { mining: signs } of facts.workloads.values())
      for (const { words, place } of signs) yield brokenAt("high", words, place, words);
  },
};
