/** Writes all objects of a finding when somebody opens them, some hundred at a time. */
import { type Finding, findingsOfPage, type Member } from "./answer.ts";
import { button, element } from "./elements.ts";

const STEP = 200;

export function startMembers(): void {
  let findings: readonly Finding[] | undefined;
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details.members")) {
    let isFilled = false;
    const open = (): void => {
      if (isFilled) return;
      isFilled = true;
      findings ??= findingsOfPage();
      const { finding = "0", skip = "0" } = details.dataset;
      fill(details, (findings[Number(finding)]?.members ?? []).slice(Number(skip)));
    };
    details.addEventListener("toggle", open);
    // Paper does not wait for the event.
    window.addEventListener("beforeprint", open);
  }
}

function fill(details: HTMLDetailsElement, members: readonly Member[]): void {
  const list = element("ul");
  details.querySelector("ul")?.replaceWith(list);
  details.querySelector(".more")?.remove();
  let shown = 0;
  const more = element("p", { class: "more" });
  const add = (): void => {
    list.append(...members.slice(shown, shown + STEP).map(lineOf));
    shown = Math.min(shown + STEP, members.length);
    const left = members.length - shown;
    more.replaceChildren(...(left > 0 ? [button(`${Math.min(left, STEP)} more of ${left}`, add)] : []));
  };
  add();
  details.append(more);
}

function lineOf({ object, words, place }: Member): HTMLLIElement {
  const line = element("li", {}, element("code", {}, object));
  if (words !== object) line.append(element("span", {}, ` ${words}`));
  if (place.file !== "") line.append(" ", element("span", { class: "path" }, `${place.file}:${place.line}`));
  return line;
}
