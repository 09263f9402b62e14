import { describe, expect, test } from "@jest/globals";
import { stepsOf } from "./page.ts";

const page = (...lines: readonly string[]) => stepsOf("page.md", lines.join("\n"));

describe("a page of documentation", () => {
  test("a fence of sh is run by the platform team and must succeed", () => {
    expect(page("Text.", "", "```sh", "kubectl get sw", "```")).toEqual([
      {
        kind: "commands",
        place: "page.md:3",
        script: "kubectl get sw",
        user: "platform",
        onNode: false,
        refusedWith: undefined,
      },
    ]);
  });

  test("a comment before a fence says who types it, and what it is refused with", () => {
    const text = ["<!-- commands: as alice, refused with This belongs, to a SecureWorkload -->", "```sh", "a", "```"];
    expect(page(...text)).toMatchObject([{ user: "alice", refusedWith: "This belongs, to a SecureWorkload" }]);
  });

  test("what needs a node is typed by somebody too", () => {
    const text = ["<!-- commands: on a node, as alice, refused with seen, not declared -->", "```sh", "a", "```"];
    expect(page(...text)).toMatchObject([{ onNode: true, user: "alice", refusedWith: "seen, not declared" }]);
    expect(page("<!-- commands: on a node -->", ...text.slice(1))).toMatchObject([{ onNode: true, user: "platform" }]);
    expect(page("<!-- commands: elsewhere, needs docker -->", ...text.slice(1))).toMatchObject([
      { kind: "elsewhere", reason: "needs docker" },
    ]);
  });

  test("of a console only what stands behind the prompt is typed, with lines that go on", () => {
    expect(
      page("```console", "$ kubectl get sw \\", "    -n shop", "NAME   READY", "$ helm list", "```"),
    ).toMatchObject([{ script: "kubectl get sw \\\n    -n shop\nhelm list" }]);
  });

  test("what a page takes for given is run, and not seen", () => {
    expect(page("<!-- run", "kubectl create namespace shop", "-->", "Text")).toMatchObject([
      { script: "kubectl create namespace shop", user: "platform" },
    ]);
  });

  test("a comment counts for the fence that follows it alone", () => {
    const text = ["<!-- commands: as alice -->", "", "Text.", "```sh", "a", "```"];
    expect(page(...text)).toMatchObject([{ user: "platform" }]);
  });

  test("an indented fence loses its indent", () => {
    expect(page("1. Do", "", "   ```sh", "   a \\", "     b", "   ```")).toMatchObject([{ script: "a \\\n  b" }]);
  });

  test("objects of ours are looked at, fragments are not", () => {
    const yaml = ["apiVersion: palisade.dev/v1alpha1", "kind: SecureWorkload"];
    expect(page("```yaml", ...yaml, "```", "```yaml", "spec: {}", "```")).toMatchObject([
      { kind: "manifest", yaml: yaml.join("\n") },
    ]);
  });

  test.each([
    ["commands without a language", ["```", "kubectl get sw", "```"], /page\.md:1: commands want a fence of sh/],
    ["a fence without an end", ["```sh", "a"], /page\.md:1: what begins here does not end/],
    ["a comment that says nothing known", ["<!-- commands: maybe -->", "```sh", "a", "```"], /"maybe" is not known/],
  ])("%s are refused", (_, text, message) => {
    expect(() => page(...text)).toThrow(message);
  });
});
