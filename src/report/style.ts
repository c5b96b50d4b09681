/**
 * The page's style, a constant. Colours are Okabe and Ito's, which the colour-blind can tell apart, darkened or lightened for
 * contrast; what a colour says is also said by a sign, a dash or a word.
 */
import { trusted } from "./markup.ts";
import { figureStyle } from "./style-figures.ts";
import { treeStyle } from "./style-trees.ts";

const base = `
:root{color-scheme:light dark;--page:#f7f7f5;--card:#fff;--ink:#1b1f23;--soft:#5f6872;--faint:#8b949e;--edge:#e2e3df;--grid:#ebece8;
--s1:#0b66b0;--s2:#cc5a00;--s3:#00875f;--s4:#a8437f;--s5:#7b8490;--s6:#b58100;--heat:213 94 0;--right:#0b66b0;--wrong:#cc5a00;--box:#eef0f2;--shadow:0 1px 2px rgb(20 24 28/.05)}
@media (prefers-color-scheme:dark){:root{--page:#121518;--card:#1a1e22;--ink:#e6e9ec;--soft:#a2abb5;--faint:#77818c;--edge:#2b3138;--grid:#262b31;
--s1:#62b4f4;--s2:#ff9c55;--s3:#3fcf9f;--s4:#e798c8;--s5:#98a2ad;--s6:#f0c14b;--heat:255 140 60;--right:#62b4f4;--wrong:#ff9c55;--box:#262c33;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1240px;margin:0 auto;padding:2rem 1.5rem 4rem}
header{margin-bottom:1rem}
h1{font-size:2rem;line-height:1.2;margin:.1rem 0 .4rem;letter-spacing:-.02em;overflow-wrap:anywhere}
h1 span{color:var(--faint);font-weight:400}
h2{font-size:1.25rem;margin:2.6rem 0 .3rem;letter-spacing:-.01em}
h3{font-size:.92rem;margin:0;font-weight:600}
p{margin:.3rem 0}
code,.tokens,.answered,.value{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
.eyebrow{text-transform:uppercase;letter-spacing:.09em;font-size:.72rem;font-weight:600;color:var(--s1);margin:0}
.soft{color:var(--soft)}
header .soft{overflow-wrap:anywhere}
.lead{color:var(--soft);max-width:52rem;margin:0 0 1rem}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:.55rem 0;border-block:1px solid var(--edge);font-size:.88rem}
nav a{color:var(--soft);text-decoration:none}
nav a:hover{color:var(--s1);text-decoration:underline}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:.85rem 1rem;margin:0;box-shadow:var(--shadow);min-width:0}
.card-head{display:flex;justify-content:space-between;align-items:baseline;gap:.6rem}
.rule{font-size:.7rem;color:var(--faint);white-space:nowrap;letter-spacing:.02em}
figcaption,.note{color:var(--soft);font-size:.8rem;line-height:1.42;margin-top:.35rem}
.grid-cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:1rem}
.grid-cards>.card{display:flex;flex-direction:column}
.grid-cards figcaption{margin-top:auto;padding-top:.35rem}
@supports (grid-template-rows:subgrid){.grid-cards>.plot{display:grid;grid-template-rows:subgrid;grid-row:span 4;row-gap:0}.grid-cards>.plot figcaption{margin-top:0}}
.summary{display:grid;grid-template-columns:minmax(0,1.35fr) minmax(0,1fr);gap:1rem}
.summary>.card{display:flex;flex-direction:column;justify-content:space-between}
.tiles{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:0}
.tiles .card{display:flex;flex-direction:column;justify-content:center;padding:.6rem .9rem}
.tiles dt{font-size:.78rem;color:var(--soft)}
.tiles dd{margin:0;font-size:1.45rem;font-weight:600;letter-spacing:-.01em;line-height:1.25}
.tiles dd.soft{font-size:.76rem;font-weight:400;letter-spacing:0}
.empty{color:var(--faint);text-align:center;padding:2.6rem 0;margin:0;font-size:.86rem}
.scroll{overflow-x:auto}
.warnings{margin:0;padding:.7rem 1rem .7rem 2rem;background:var(--card);border:1px solid var(--edge);border-left:4px solid var(--s6);border-radius:10px;overflow-wrap:anywhere}
.warnings li{margin:.2rem 0}
.print-only{display:none}
.tip{position:fixed;z-index:9;max-width:24rem;padding:.4rem .6rem;border-radius:6px;background:var(--ink);color:var(--page);font-size:.78rem;line-height:1.4;white-space:pre-wrap;overflow-wrap:anywhere;pointer-events:none;box-shadow:0 4px 14px rgb(0 0 0/.22)}
footer{margin-top:3rem;color:var(--faint);font-size:.8rem}
@media (max-width:820px){main{padding:1.2rem .9rem 3rem}.summary{grid-template-columns:minmax(0,1fr)}h1{font-size:1.55rem}}
@media print{:root{--page:#fff;--shadow:none}body{font-size:11px}main{max-width:none;padding:0}nav,.tip{display:none}.card,.warnings{break-inside:avoid}.print-only{display:block}.scroll{overflow:visible}.grid-cards{grid-template-columns:repeat(3,1fr)}}
`;

export const pageStyle = trusted(`<style>${base}${figureStyle}${treeStyle}</style>`);
