/** Your task: questions from a file, a tool, what a run looks like, what counts. `npm test` checks it, `npm start` trains on it. */
import { readFileSync } from "node:fs";
import { defineTask, type Demonstration, tagWords } from "aepo";
import { isBusy, type Price, priceTool } from "./tools/price.ts";

const file = new URL("data/prices.jsonl", import.meta.url);
const prices = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Price);

/** Every fifth row is held out: nobody trains on what is tested. */
const rows = {
  train: prices.filter((_, i) => i % 5 !== 0),
  test: prices.filter((_, i) => i % 5 === 0),
};
const all = (pick: (row: Price) => string): string[] => [...new Set(prices.map(pick))];
const price = priceTool(prices);
const amounts = all((row) => row.price);

export const task = defineTask<number, number>({
  name: "prices",
  description: "What did a thing cost in a month? The till knows, and is busy now and then.",
  tools: [price],
  // A small policy made from scratch knows these words and no others. With a pretrained model leave this out.
  vocabulary: [
    "<pad>",
    "<q>",
    "</q>",
    "busy",
    "error:",
    "nobody",
    "sold",
    ...tagWords([price]),
    ...all((row) => row.item),
    ...all((row) => row.month),
    ...amounts,
  ],
  question(split, index) {
    const list = rows[split];
    const row = list[(index * 7) % list.length] as Price;
    // `data` is what the environment starts from: the number that says when the till is busy.
    return { prompt: `<q> ${row.item} ${row.month} </q>`, answers: row.price, data: index };
  },
  environment: { initial: (question) => question.data, fork: (state) => state },
  // The paper's reward: −1 for a broken format, else how right the answer is. Write your own with `reward`.
  accuracy: (answer, question) => (question.answers.includes(answer) ? 1 : 0),
  limits: { calls: 4, tokens: 64 },
  entropyWindow: { tokens: 3 },
  // Careless on purpose: when the till is busy it mostly guesses. Training finds out that asking again pays.
  demonstrate({ prompt, answers, data }, random): Demonstration {
    const asked = prompt.split(" ").slice(1, 3).join(" ");
    const parts: { by: "policy" | "tool"; text: string }[] = [];
    for (let call = 0; ; call++) {
      const said = isBusy(data, call) ? "busy" : (answers[0] ?? "");
      parts.push(
        { by: "policy", text: `<price> ${asked} </price>` },
        { by: "tool", text: `<result> ${said} </result>` },
      );
      if (said === "busy" && random.uniform() < 0.2) continue;
      parts.push({ by: "policy", text: `<answer> ${said === "busy" ? random.pick(amounts) : said} </answer>` });
      return { parts };
    }
  },
});
