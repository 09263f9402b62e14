/** Host names as the API writes them: lower-case DNS names of two labels or more, so neither an address nor a bare star is one. */
import { isIP } from "node:net";
import { matches, text, withRules } from "../schema.ts";

const NAME = "([a-z0-9]([-a-z0-9]*[a-z0-9])?[.])+[a-z]([-a-z0-9]*[a-z0-9])?";

/** One host, without a star. */
export const hostName = (field: string, description: string) =>
  withRules(
    text(253, 3),
    matches(`^${NAME}$`, `${field} must be one lower-case DNS name such as shop.example.com: no star, address or port`),
  ).meta({ description });

/**
 * A host that is granted, or every host one label below a domain. There can be thousands of these in one object, so the form
 * is a pattern, which costs nothing, and only what is likely to be tried has a rule with words of its own.
 */
export const hostGrant = (field: string, description: string) =>
  withRules(
    text(253, 3).regex(new RegExp(`^([*][.])?${NAME}$`)),
    {
      rule: "!self.contains('*') || (self.startsWith('*.') && self.lastIndexOf('.') > 1)",
      message: `${field}: a star is allowed only before a domain of at least two labels, such as *.shop.example.com`,
      holds: (value) => !value.includes("*") || (value.startsWith("*.") && value.lastIndexOf(".") > 1),
    },
    {
      rule: "!isIP(self)",
      message: `${field} must be DNS names: certificates and routes need a name, not an address`,
      holds: (value) => isIP(value) === 0,
    },
  ).meta({ description });

/**
 * Whether `grant` covers `host`. A star stands for exactly one label, as in certificates (RFC 6125, 6.4.3) and in Ingress
 * rules: `*.example.com` covers `a.example.com`, and neither `example.com` nor `a.b.example.com`.
 */
export function coversHost(grant: string, host: string): boolean {
  if (!grant.startsWith("*.")) return grant === host;
  return host.slice(host.indexOf(".") + 1) === grant.slice(2);
}
