/** Style of charts and tables: part of the page's one style sheet. */

const colours = [1, 2, 3, 4, 5, 6].map((index) => `.s${index}{--c:var(--s${index})}`).join("");

export const figureStyle = `
${colours}
svg text{font-size:10.5px;fill:var(--soft);font-family:inherit}
.chart{display:block;width:100%;height:auto;margin-top:.2rem;overflow:visible}
.grid path{stroke:var(--grid);fill:none}
.axis{stroke:var(--edge);fill:none}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.dashed .line{stroke-dasharray:4 3.5;stroke-width:1.4}
.dot{fill:var(--c);stroke:var(--card);stroke-width:1}
.band{fill:var(--c);opacity:.16}
.whisker{fill:none;stroke:var(--c);stroke-width:1.6}
.hit rect{fill:transparent}
.hit>path{stroke:var(--faint);opacity:0}
.hit circle{fill:var(--c);stroke:var(--card);opacity:0}
.hit:hover>path{opacity:.6}
.hit:hover circle{opacity:1}
.bar rect{fill:var(--c);opacity:.85}
.bar:hover rect{opacity:1}
.mark path{stroke:var(--ink);stroke-dasharray:3 3;fill:none}
.mark text{fill:var(--ink);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.legend{display:flex;flex-wrap:wrap;gap:.1rem .9rem;list-style:none;margin:.25rem 0 0;padding:0;font-size:.76rem;color:var(--soft)}
.legend li{display:flex;align-items:center;gap:.32rem;white-space:nowrap}
.legend b{color:var(--ink);font-weight:600}
.swatch{width:18px;height:8px;flex:none}
.whiskers{max-width:600px;margin-inline:auto}
.whiskers text{font-size:11px}
.whiskers .row-name{font-size:14px;font-weight:600;fill:var(--ink)}
.whiskers .row-value{font-size:13px;font-weight:600;fill:var(--ink)}
.whiskers .whisker{stroke-width:2.2}
.strike{fill:transparent}
table{border-collapse:collapse;font-size:.84rem;width:100%}
.figures td,.figures th{padding:.24rem .5rem .24rem 0;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}
.figures tr:last-child td{border-bottom:0}
.figures th{color:var(--soft);font-weight:500;white-space:nowrap}
.figures .number{text-align:right;white-space:nowrap}
.figures.wide td,.figures.wide th{padding-right:1.2rem}
.bar-cell{width:38%;min-width:6rem}
.bar-cell i{display:block;height:.7rem;margin-top:.3rem;border-radius:2px;background:var(--s2);opacity:.75}
.token{background:var(--box);padding:.05rem .35rem;border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}
.config{columns:3 300px;column-gap:1rem}
.config .card{break-inside:avoid;margin-bottom:1rem}
.config h3{margin-bottom:.3rem}
.config td:first-child{color:var(--soft);overflow-wrap:anywhere;width:58%}
.value{overflow-wrap:anywhere;white-space:pre-wrap;unicode-bidi:isolate}
.forests{grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}
.forest .row-name{font-size:11.5px;fill:var(--ink)}
.stack{display:grid;gap:1rem}
.differences{margin-top:1rem}
.differences summary{cursor:pointer;font-size:.92rem;font-weight:600}
`;
