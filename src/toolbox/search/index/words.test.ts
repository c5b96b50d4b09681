import Database from "libsql";
import { describe, expect, it } from "vitest";
import { stem } from "./stem.ts";
import { rememberingStem, termsOf } from "./words.ts";

/** Terms of each text as SQLite's FTS5 makes them. */
function fts5Terms(words: readonly string[]): string[] {
  const database = new Database(":memory:");
  database.exec("CREATE VIRTUAL TABLE t USING fts5(w, tokenize = 'porter unicode61')");
  database.exec("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)");
  const insert = database.prepare("INSERT INTO t(rowid, w) VALUES (?, ?)");
  for (const [i, word] of words.entries()) insert.run(i + 1, word);
  const rows = database.prepare("SELECT term, doc FROM v ORDER BY doc").all() as { term: string }[];
  database.close();
  return rows.map(({ term }) => term);
}

const STEMS =
  "abil accompan act adjust adopt agree allow angul appear argu bowdl callous ceas commun conform control cred decis defens depend differ direct effect electr form formal gener goodnes happ homolog hop hypoth irritabl know mat motor oper opposit pred prob radic rat relat replac revival sens ski triplicat vali vie vil will wonder y year".split(
    " ",
  );
const ENDINGS =
  "s,es,ies,sses,ed,eed,ing,ational,tional,enci,anci,izer,bli,abli,alli,entli,eli,ousli,ization,ation,ator,alism,iveness,fulness,ousness,aliti,iviti,biliti,logi,icate,ative,alize,iciti,ical,ful,ness,al,ance,ence,er,ic,able,ible,ant,ement,ment,ent,sion,tion,ion,ou,ism,ate,iti,ous,ive,ize,e,ll,y,ating,bled,izing,tted,ssing,zzed,".split(
    ",",
  );

describe("the words of the index", () => {
  it("are stemmed as SQLite's porter tokenizer stems them", () => {
    const words = [...new Set(STEMS.flatMap((start) => ENDINGS.map((end) => `${start}${end}`)))];
    expect(words.length).toBeGreaterThan(2500);
    const expected = fts5Terms(words);
    expect(words.filter((word, i) => stem(word) !== expected[i])).toEqual([]);
  });

  it("fold case, accents and compatibility forms, and are cut at what is no letter", () => {
    expect(termsOf("Alexander Skarsgård's FILMS, (2012)")).toEqual(["alexand", "skarsgard", "s", "film", "2012"]);
    expect(termsOf("ﬁlm Ｆｉｌｍ naïve")).toEqual(["film", "film", "naiv"]);
    expect(termsOf('"a" OR NEAR(b*, -c) ^d: {e}')).toEqual(["a", "or", "near", "b", "c", "d", "e"]);
    expect(termsOf("\u0000\ud800 …")).toEqual([]);
  });

  it("count in pairs where a script has no spaces", () => {
    expect(termsOf("北京大学 在 iPhone手机")).toEqual(["北京", "京大", "大学", "在", "iphon", "手机"]);
    expect(termsOf("ひらがな")).toEqual(["ひら", "らが", "がな"]);
  });

  it("are bounded", () => {
    expect(termsOf("a".repeat(10_000_000))).toEqual(["a".repeat(64)]);
    const stemmed = rememberingStem(2);
    expect(["films", "cats", "dogs", "films"].map(stemmed)).toEqual(["film", "cat", "dog", "film"]);
  });
});
