/** The style of the report: light and dark as the reader's system has it, and for paper. Contrast is at least 4.5 to 1 for text, as WCAG 2.2 AA asks for. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b1f24; --soft: #4f5966; --line: #c5ccd4; --panel: #f4f6f8; --link: #0a53b5;
  --critical: #a50e2d; --high: #a63c00; --medium: #7a5200; --low: #1d5fa8; --info: #4f5966; --on: #ffffff;
  --open: #f6c5bd; --declared: #bfe3c8; --closed: #eceff2; --cell: #1b1f24; --focus: #0a53b5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --text: #e8ebef; --soft: #aeb8c4; --line: #3a444f; --panel: #1d232a; --link: #8ab8ff;
    --critical: #ff8f9f; --high: #ffab7a; --medium: #f0c674; --low: #8ab8ff; --info: #aeb8c4; --on: #14181d;
    --open: #6f2b22; --declared: #1f5130; --closed: #262d35; --cell: #f2f4f7; --focus: #8ab8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 0 1.25rem 4rem; background: var(--page); color: var(--text); font: 16px/1.5 "Open Sans", "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--page); z-index: 1; }
header { padding: 1.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
header p { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.35rem; }
h3 { margin: 1.5rem 0 .4rem; font-size: 1.05rem; overflow-wrap: anywhere; }
.count { font-size: .85em; color: var(--soft); font-weight: normal; }
.about, .none, .more, .reason { color: var(--soft); margin: .25rem 0 .75rem; max-width: 65rem; }
nav ul, .tiles, .legend, .named, .places { list-style: none; margin: 0; padding: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 .25rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 .75rem; }
.tile { min-width: 7rem; padding: .5rem .9rem; border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 6px; background: var(--panel); }
.tile .number { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile .severity { color: inherit; background: none; padding: 0; }
.severity { text-transform: uppercase; font-size: .75rem; letter-spacing: .04em; font-weight: 700; }
.critical { --own: var(--critical); } .high { --own: var(--high); } .medium { --own: var(--medium); } .low { --own: var(--low); } .info { --own: var(--info); }
.tile.critical, .tile.high, .tile.medium, .tile.low, .tile.info { border-left-color: var(--own); }
h3 .severity, .named .severity { background: var(--own); color: var(--on); padding: .1rem .45rem; border-radius: 4px; }
.finding { margin: 1rem 0; padding: .25rem 1rem .75rem; border: 1px solid var(--line); border-left: 5px solid var(--own); border-radius: 6px; }
.finding:target { background: var(--panel); }
.finding h3 { margin-top: .6rem; } .finding h3 a { color: inherit; }
.chain { display: flex; flex-wrap: wrap; gap: .6rem 0; margin: .5rem 0; padding: 0; list-style: none; }
.box { position: relative; display: flex; flex-direction: column; max-width: 17rem; min-width: 6rem; margin-right: 2.2rem; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); }
.box:not(:last-child)::after, .box:not(:last-child)::before { content: ""; position: absolute; right: -1.85rem; top: 50%; border: 0 solid var(--soft); }
.box:not(:last-child)::after { width: 1.5rem; border-top-width: 2px; }
.box:not(:last-child)::before { width: .55rem; height: .55rem; border-width: 2px 2px 0 0; transform: translateY(calc(-50% + 1px)) rotate(45deg); }
.box .kind { font-size: .75rem; color: var(--soft); } .box .words { overflow-wrap: anywhere; }
.box.start, .box.end { border-color: var(--own); border-width: 2px; }
.box.end .words, .box.start .words { font-weight: 700; }
.places { font-size: .8rem; margin-top: .25rem; overflow-wrap: anywhere; }
code { font: .9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.path { color: var(--soft); font-size: .85em; overflow-wrap: anywhere; }
.login { margin: .25rem 0; color: var(--soft); } .login.none { color: var(--own); font-weight: 600; }
.lines { margin: .5rem 0; } .lines div { display: flex; gap: .75rem; } .lines dt { flex: 0 0 6rem; color: var(--soft); } .lines dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
#filter { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-top: 1.5rem; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); }
#filter[hidden] { display: none; }
fieldset { display: flex; flex-wrap: wrap; gap: .25rem .75rem; margin: 0; padding: 0; border: 0; } legend { float: left; margin-right: .75rem; padding: 0; }
input, select, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: 4px; padding: .2rem .5rem; }
button { cursor: pointer; } button:disabled { opacity: .6; cursor: default; }
select { max-width: 14rem; }
summary { cursor: pointer; color: var(--link); }
.members ul { margin: .4rem 0; padding-left: 1.2rem; } .members li, .named li { margin: .2rem 0; overflow-wrap: anywhere; }
.warning { border: 2px solid var(--medium); border-radius: 6px; padding: 0 1rem .5rem; margin-top: 1.5rem; } .warning h2 { margin-top: .75rem; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: .25rem .7rem; border: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; } thead th { background: var(--panel); } tbody th { font-weight: 600; }
.scroll :is(th, td) { overflow-wrap: break-word; max-width: 24rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: .5rem 0 1rem; }
.mark { display: inline-block; width: 1rem; height: 1rem; vertical-align: -2px; border: 1px solid var(--soft); border-radius: 3px; }
.mark.open, td.open { background: var(--open); } .mark.declared, td.declared { background: var(--declared); } .mark.closed, td.closed { background: var(--closed); }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
.grid { overflow: auto; max-height: 75vh; border: 1px solid var(--line); }
.grid table { border-collapse: separate; border-spacing: 0; } .grid th, .grid td { border-width: 0 1px 1px 0; white-space: nowrap; }
.grid td { min-width: 2.6rem; text-align: center; color: var(--cell); cursor: pointer; } .grid td.self { background: none; cursor: default; }
.grid thead th { position: sticky; top: 0; vertical-align: bottom; padding: .4rem .2rem; } .grid thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 14rem; overflow: hidden; text-overflow: ellipsis; }
.grid tbody th { position: sticky; left: 0; background: var(--panel); max-width: 22rem; overflow: hidden; text-overflow: ellipsis; } .grid thead th:first-child { left: 0; z-index: 1; }
.grid td:focus-visible { outline-offset: -3px; } .grid td[aria-selected="true"] { outline: 2px solid var(--text); outline-offset: -2px; }
#evidence { margin-top: .75rem; padding: .25rem 1rem .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); } #evidence ul { padding-left: 1.2rem; }
[hidden] { display: none !important; }
@media print {
  :root { color-scheme: light; --page: #fff; --text: #000; --soft: #333; --line: #999; --panel: #fff; --link: #000; --on: #fff; --cell: #000; --critical: #a50e2d; --high: #a63c00; --medium: #7a5200; --low: #1d5fa8; --info: #333; --open: #f6c5bd; --declared: #bfe3c8; --closed: #eceff2; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav, #filter, .tools:not(.window), .window button, .skip { display: none !important; }
  .finding, tr, .tile { break-inside: avoid; } h2, h3 { break-after: avoid; } .grid { max-height: none; overflow: visible; } .grid th { position: static; }
  .grid table:has(td:nth-child(16)) :is(th, td) { font-size: 5pt; min-width: 0; padding: 0 1pt; }
  .mark, .grid td, .severity { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
