/** Light, dark and printed; the colours keep apart for eyes that see no red or green (after Okabe and Ito, darkened for text). */
const LIGHT = `
  --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --good: #116329; --bad: #a40e26;
  --c0: #0067a8; --c1: #b34700; --c2: #00734f; --c3: #9a3c77; --c4: #7a6200; --c5: #3f4fb5; --c6: #a3262a; --c7: #4d5560;`;
const DARK = `
  --paper: #14181d; --ink: #e6e9ed; --soft: #9ea7b3; --line: #343c46; --good: #5cc878; --bad: #ff8a8a;
  --c0: #5cb8f2; --c1: #f2984a; --c2: #3cc794; --c3: #e393c0; --c4: #dcc04e; --c5: #9ba8ff; --c6: #ff8a80; --c7: #b4bdc8;`;
const COLOURS = [0, 1, 2, 3, 4, 5, 6, 7];

/** The style sheet of a page of charts. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1.25rem; }
p { margin: .25rem 0; }
.soft, .notes { color: var(--soft); }
.notes { padding-left: 1.2rem; }
.warn { border-left: 4px solid var(--bad); padding: .25rem .75rem; margin: .75rem 0; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; min-width: 38rem; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { color: var(--ink); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bound { text-align: right; }
.met { color: var(--good); font-weight: 600; white-space: nowrap; }
.missed { color: var(--bad); font-weight: 700; white-space: nowrap; }
figure { margin: 1.75rem 0; overflow-x: auto; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
svg { display: block; width: 100%; min-width: 38rem; height: auto; font: 12.5px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .tick { fill: var(--soft); }
svg .axis { fill: var(--soft); font-weight: 600; }
.middle { text-anchor: middle; }
svg .end { text-anchor: end; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.base { stroke: var(--soft); stroke-width: 1.25; fill: none; }
.curve { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
.leader { stroke: var(--soft); stroke-width: .75; stroke-dasharray: 1 3; fill: none; }
.mark { stroke: var(--paper); stroke-width: 1; }
.bar { fill: var(--c0); }
svg .value { font-weight: 600; }
${COLOURS.map((i) => `.curve.c${i} { stroke: var(--c${i}); } .mark.c${i} { fill: var(--c${i}); } svg .name.c${i} { fill: var(--c${i}); }`).join('\n')}
@media print {
  :root { color-scheme: light; ${LIGHT} }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  svg, table { min-width: 0; }
}
`;
