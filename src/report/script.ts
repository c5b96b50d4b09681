/** The page's only script, a constant: tooltips beside the pointer, and nothing folded on paper. All content works without it. */
import { createHash } from "node:crypto";
import { trusted } from "./markup.ts";

const script = `
(function () {
  var tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.appendChild(tip);
  function place(event) {
    var room = 12;
    var left = Math.min(event.clientX + room, window.innerWidth - tip.offsetWidth - 4);
    var top = event.clientY + room;
    if (top + tip.offsetHeight > window.innerHeight - 4) top = event.clientY - tip.offsetHeight - room;
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = Math.max(4, top) + "px";
  }
  function textOf(target) {
    if (target.dataset.tip !== undefined) return target.dataset.tip;
    var title = target.querySelector(":scope > title");
    var text = title ? title.textContent : target.getAttribute("title");
    if (title) title.remove();
    target.removeAttribute("title");
    target.dataset.tip = text || "";
    return target.dataset.tip;
  }
  document.addEventListener("pointermove", function (event) {
    var target = event.target.closest && event.target.closest(".hit, .tokens span, .estimate, .fork, .result, .cells, .decision, .leaf");
    var text = target ? textOf(target) : "";
    tip.hidden = text === "";
    if (text === "") return;
    tip.textContent = text;
    place(event);
  });
  document.addEventListener("pointerleave", function () { tip.hidden = true; });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) { details.open = true; });
  });
})();
`;

export const pageScript = trusted(`<script>${script}</script>`);

/** Source expression of a content security policy that allows this script and no other. */
export const pageScriptSource = `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
