/** The real model's tokenizer beside transformers' and llama.cpp's ids. */
import { chatTokenizer } from "../../src/chat/chat-tokenizer.ts";
import { openGguf } from "../../src/models/gguf/open-gguf.ts";
import { REAL_MODEL, realGolden } from "../../src/models/gguf/testing/real-model.ts";

export interface Cases {
  readonly cases: number;
  /** The texts that came out otherwise. */
  readonly wrong: readonly string[];
}

export async function realTokenizerCases(): Promise<Cases> {
  const { tokenizer: files, tensors } = await openGguf(REAL_MODEL);
  await tensors.close();
  if (files === null) return { cases: 0, wrong: ["there is no tokenizer"] };
  const tokenizer = chatTokenizer(files);
  const { scored, chats } = realGolden();
  const results = [
    ...scored.flatMap(({ text, ids, idsPlain, decoded }) => [
      { text, right: tokenizer.encodeMarkup(text).join() === ids.join() },
      { text, right: tokenizer.encode(text).join() === (idsPlain ?? ids).join() },
      { text, right: tokenizer.decode(ids) === decoded },
    ]),
    ...chats.map(({ prompt, ids }) => ({ text: prompt, right: tokenizer.encodeMarkup(prompt).join() === ids.join() })),
  ];
  return { cases: results.length, wrong: results.filter(({ right }) => !right).map(({ text }) => text) };
}
