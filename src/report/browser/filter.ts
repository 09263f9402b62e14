/** Shows the findings that a form asks for, says how many they are, and keeps the question in the address. */

const PREFIX = "#filter?";

export function startFilter(): void {
  const form = document.querySelector<HTMLFormElement>("#filter");
  if (form === null) return;
  const findings = [...document.querySelectorAll<HTMLElement>(".finding")];
  const texts = new Map(findings.map((finding) => [finding, (finding.textContent ?? "").toLowerCase()]));
  const apply = (): void => {
    const asked = askedIn(form);
    for (const finding of findings) finding.hidden = !isAsked(finding, texts.get(finding) ?? "", asked);
    say(form, findings);
  };
  const change = (): void => {
    apply();
    history.replaceState(null, "", addressOf(form));
  };
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(change));
  form.hidden = false;
  const follow = (): void => {
    if (location.hash.startsWith(PREFIX)) restore(form, new URLSearchParams(location.hash.slice(PREFIX.length)));
    apply();
    showTarget();
  };
  window.addEventListener("hashchange", follow);
  // A link to a finding that is filtered away still leads there.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    const target = link === null ? null : document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
    if (target?.classList.contains("finding")) target.hidden = false;
  });
  follow();
}

interface Asked {
  readonly text: string;
  readonly severities: ReadonlySet<string>;
  readonly namespace: string;
  readonly start: string;
  readonly end: string;
}

function askedIn(form: HTMLFormElement): Asked {
  const data = new FormData(form);
  const one = (name: string): string => String(data.get(name) ?? "");
  return {
    text: one("text").trim().toLowerCase(),
    severities: new Set(data.getAll("severity").map(String)),
    namespace: one("namespace"),
    start: one("start"),
    end: one("end"),
  };
}

function isAsked({ dataset }: HTMLElement, text: string, asked: Asked): boolean {
  const is = (wanted: string, value: string | undefined): boolean => wanted === "" || wanted === value;
  return (
    asked.severities.has(dataset["severity"] ?? "") &&
    is(asked.start, dataset["start"]) &&
    is(asked.end, dataset["end"]) &&
    (asked.namespace === "" || (dataset["namespaces"] ?? "").split(" ").includes(asked.namespace)) &&
    text.includes(asked.text)
  );
}

function say(form: HTMLFormElement, findings: readonly HTMLElement[]): void {
  const shown = findings.filter(({ hidden }) => !hidden).length;
  const output = form.querySelector("output");
  if (output !== null) output.textContent = `${shown} of ${findings.length} shown`;
}

function addressOf(form: HTMLFormElement): string {
  const asked = askedIn(form);
  const all = form.querySelectorAll("[name=severity]").length;
  const said = new URLSearchParams();
  if (asked.text !== "") said.set("text", asked.text);
  if (asked.severities.size < all) said.set("severity", [...asked.severities].join(","));
  for (const name of ["namespace", "start", "end"] as const) if (asked[name] !== "") said.set(name, asked[name]);
  return said.size === 0 ? "#" : `${PREFIX}${said}`;
}

function restore(form: HTMLFormElement, said: URLSearchParams): void {
  const severities = said.get("severity")?.split(",");
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && field.name === "severity")
      field.checked = severities?.includes(field.value) ?? true;
    else if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.name !== "")
      field.value = said.get(field.name) ?? "";
  }
}

function showTarget(): void {
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  if (target === null || !target.classList.contains("finding")) return;
  target.hidden = false;
  target.scrollIntoView();
}
