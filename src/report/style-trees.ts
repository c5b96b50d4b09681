/** Style of the trees: part of the page's one style sheet. */
import { LEVELS } from "./heat.ts";

/** Most trees the tabs can choose between. */
const TABS = 3;

const tabs = Array.from({ length: TABS }, (_, i) => i + 1);
const chosen = tabs.map((n) => `.tree-tabs>input:nth-of-type(${n}):checked~.tree-panel:nth-of-type(${n})`).join(",");
const chosenTab = tabs.map((n) => `.tree-tabs>input:nth-of-type(${n}):checked~.tabs>label:nth-of-type(${n})`).join(",");
const focusedTab = tabs
  .map((n) => `.tree-tabs>input:nth-of-type(${n}):focus-visible~.tabs>label:nth-of-type(${n})`)
  .join(",");
const shades = Array.from({ length: LEVELS }, (_, level) => {
  const opacity = level === 0 ? 0 : 0.06 + (0.74 * level) / (LEVELS - 1);
  return `.tokens .e${level},.shades .e${level}{background:rgb(var(--heat)/${opacity.toFixed(2)})}.cells .e${level}{fill:rgb(var(--heat)/${(0.1 + (0.9 * level) / (LEVELS - 1)).toFixed(2)})}`;
}).join("");

export const treeStyle = `
.tree-tabs>input{position:absolute;opacity:0;pointer-events:none}
.tabs{display:flex;flex-wrap:wrap;gap:.4rem;margin-bottom:.8rem}
.tabs label{border:1px solid var(--edge);background:var(--card);border-radius:8px;padding:.3rem .8rem;font-size:.86rem;cursor:pointer;overflow-wrap:anywhere}
.tabs label span{color:var(--soft)}
.tabs label:hover{border-color:var(--s1)}
${chosenTab}{border-color:var(--s1);box-shadow:inset 0 0 0 1px var(--s1)}
${focusedTab}{outline:2px solid var(--s1);outline-offset:2px}
.tree-panel{display:none;background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:1rem 1.1rem;box-shadow:var(--shadow)}
${chosen}{display:block}
.question{font-size:1.02rem;font-weight:600;margin:0 0 .6rem;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}
.facts{display:flex;flex-wrap:wrap;gap:.35rem 1.6rem;margin:0 0 .6rem;font-size:.84rem}
.facts dt{color:var(--soft);font-size:.74rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:0 0 .3rem;padding:.4rem 0 0;border-top:1px solid var(--grid);font-size:.76rem;color:var(--soft)}
.key li{display:flex;align-items:center;gap:.4rem}
.key svg{width:12px;height:12px}
.shades{display:inline-flex;align-items:center;gap:.3rem}
.shades i{width:11px;height:11px;margin:0 -.3rem 0 0;border-block:1px solid var(--edge)}
.shades i:last-of-type{margin-right:0}
.box{width:18px;height:11px;border-radius:3px;background:var(--box);border:1px solid var(--faint)}
.box.failed{border:1px dashed var(--wrong)}
.tree{display:block;width:100%;min-width:900px;height:auto}
.tree .lane-name{font-size:12px;font-weight:600;fill:var(--ink)}
.tree .soft{font-size:11px;font-weight:400;fill:var(--soft)}
.lane{stroke:none}
.lane-end{stroke:var(--edge);stroke-dasharray:2 3;fill:none}
.fork path{fill:none;stroke:var(--s1);stroke-width:1.6}
.fork:hover path{stroke-width:3}
.fork-label{font-size:10px;fill:var(--s1);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.cells rect{stroke:none}
.result rect{fill:var(--box);stroke:var(--faint);stroke-width:.8}
.result.failed rect{stroke:var(--wrong);stroke-dasharray:3 2}
.result text{font-size:9.5px;fill:var(--soft)}
.decision path{fill:var(--card);stroke:var(--faint);stroke-width:1.2}
.decision.branched path{fill:var(--s1);stroke:var(--s1)}
.decision.denied path{fill:var(--card);stroke:var(--wrong);stroke-width:1.8}
.leaf.right circle{fill:var(--right)}
.leaf.wrong circle{fill:var(--card);stroke:var(--wrong);stroke-width:1.6}
.leaf .sign{font-size:10px;font-weight:700;fill:var(--card)}
.leaf.wrong .sign{fill:var(--wrong)}
.tree .leaf-reward{font-size:12px;font-weight:600;fill:var(--ink)}
.tree .leaf-advantage{font-size:12px;fill:var(--soft)}
details>summary{cursor:pointer;font-size:.88rem;font-weight:600;padding:.5rem 0}
.turns{display:grid;row-gap:.7rem;padding-bottom:.4rem}
.turn-head{position:sticky;left:0;z-index:1;background:var(--card);display:flex;flex-direction:column;font-size:.84rem;padding-top:.35rem;line-height:1.3}
.turn-head .soft{font-size:.76rem}
.turn{border:1px solid var(--edge);border-radius:8px;padding:.4rem .55rem;align-self:start;font-size:.88rem;background:var(--card);max-height:26rem;overflow:auto}
.link{align-self:start;margin-top:1rem;border-top:2px solid var(--edge)}
.drop{position:relative;margin:1rem 0 -1.7rem;pointer-events:none}
.drop::before{content:"";position:absolute;left:50%;right:0;top:0;bottom:0;border-left:2px solid var(--s1);border-bottom:2px solid var(--s1);border-bottom-left-radius:9px}
.tokens{margin:0;line-height:1.65;white-space:pre-wrap;overflow-wrap:anywhere}
.tokens span{border-radius:3px;padding:.04rem .08rem;unicode-bidi:isolate}
.answered{margin:.35rem 0 0;padding:.25rem .5rem;border-left:3px solid var(--faint);background:var(--box);border-radius:0 6px 6px 0;overflow-wrap:anywhere}
.answered p{margin:.1rem 0 0;white-space:pre-wrap;color:var(--soft);unicode-bidi:isolate}
.answered .tool{font-weight:700}
.answered .input{unicode-bidi:isolate}
.answered.failed{border-left-color:var(--wrong)}
.answered.failed b{color:var(--wrong)}
.decided{margin:.35rem 0 0;font-size:.74rem;color:var(--soft);line-height:1.4}
.decided b{font-weight:600}
.decided.branched b{color:var(--s1)}
.ending{margin:.4rem 0 0;padding-top:.3rem;border-top:1px solid var(--grid);font-size:.76rem;color:var(--soft)}
.ending.right b{color:var(--right)}
.ending.wrong b{color:var(--wrong)}
${shades}
@media print{.tree-panel{display:block;border:0;padding:0;break-before:page}.tabs{display:none}.tree{min-width:0}.turn{max-height:none}}
`;
