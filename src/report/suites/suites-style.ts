/** Style of the page of an evaluation, beside the reports' own; a constant. Filters work without scripts. */
import { ERROR_CLASSES } from "../../eval/error-class.ts";
import { trusted } from "../markup.ts";

/** Names as classes of elements: the filters, in their order. */
export const FILTERS = ["right", ...ERROR_CLASSES] as const;

export function filterClass(name: string): string {
  return name.replaceAll(" ", "-");
}

/** What is not chosen is hidden: questions without such an attempt, and the other attempts of those that have one. */
const filters = FILTERS.map(filterClass)
  .map(
    (name) =>
      `#filter-${name}:checked~.items>.item:not(.has-${name}),#filter-${name}:checked~.items .attempt:not(.is-${name}){display:none}` +
      `#filter-${name}:checked~.filters label[for=filter-${name}]{background:var(--ink);color:var(--page);border-color:var(--ink)}`,
  )
  .join("\n");

export const suitesStyle = trusted(`<style>
.results{border-collapse:collapse;font-size:.9rem;min-width:60%}
.results th,.results td{padding:.3rem .8rem .3rem 0;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}
.results th:first-child,.results td:first-child{text-align:left;padding-right:1.6rem}
.results th{font-weight:600;color:var(--soft);font-size:.78rem}
.results .level td{color:var(--soft);font-size:.84rem}
.results .level td:first-child{padding-left:1.1rem}
.notes{color:var(--soft);font-size:.84rem;padding-left:1.1rem}
.choice{position:absolute;opacity:0;pointer-events:none}
.filters{display:flex;flex-wrap:wrap;gap:.4rem;margin:.6rem 0 1rem}
.filters label{border:1px solid var(--edge);border-radius:999px;padding:.15rem .7rem;font-size:.82rem;cursor:pointer;background:var(--card)}
.choice:focus-visible~.filters{outline:2px solid var(--s1);outline-offset:3px;border-radius:8px}
#filter-all:checked~.filters label[for=filter-all]{background:var(--ink);color:var(--page);border-color:var(--ink)}
.item{background:var(--card);border:1px solid var(--edge);border-radius:10px;margin:.5rem 0;content-visibility:auto;contain-intrinsic-size:auto 2.6rem}
.item>summary{padding:.55rem .9rem;cursor:pointer;display:flex;gap:.7rem;align-items:baseline}
.item>summary .asked{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.item[open]>summary{border-bottom:1px solid var(--edge)}
.item .marks{font-family:ui-monospace,Menlo,Consolas,monospace;white-space:nowrap;letter-spacing:.12em}
.mark-right{color:var(--right)}.mark-wrong{color:var(--wrong)}.mark-open{color:var(--faint)}
.item .whole{padding:.6rem .9rem 0}
.written{white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.82rem;line-height:1.45;margin:.3rem 0}
.attempt{border-top:1px solid var(--edge);padding:.6rem .9rem}
.attempt:first-of-type{border-top:0}
.attempt h4{margin:0 0 .3rem;font-size:.86rem;font-weight:600}
.attempt .line{color:var(--soft);font-size:.78rem;margin:.2rem 0}
.said{border-left:3px solid var(--s1);padding-left:.7rem;margin:.4rem 0}
.heard{border-left:3px solid var(--s5);padding:.25rem .7rem;margin:.4rem 0;background:var(--box);border-radius:0 6px 6px 0}
.heard.failed{border-left-color:var(--wrong)}
.heard .by,.said .by{font-size:.72rem;color:var(--soft);text-transform:uppercase;letter-spacing:.06em}
${filters}
@media print{.filters{display:none}.item{content-visibility:visible}}
</style>`);
