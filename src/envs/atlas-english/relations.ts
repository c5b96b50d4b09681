/** What pages say and questions ask: for every relation its sentences, and how it is named in a question. */

export type Kind = "person" | "city" | "country" | "company";

export interface Relation {
  readonly name: string;
  readonly of: Kind;
  /** A kind of entity, or the words it may have as its value. */
  readonly to: Kind | readonly string[];
  /** S is the subject, V the value. The first is what a thought says, and a page that does not paraphrase. */
  readonly sentences: readonly string[];
  /** Phrases for the value in a question about X. */
  readonly phrases: readonly string[];
  readonly questions: readonly string[];
}

const instruments = "harp lute oboe viola cello flute banjo zither".split(" ");
const currencies = "crown ducat florin guilder thaler mark peso rand".split(" ");
const products = "bricks cheese clocks glass ink lamps ropes soap".split(" ");
const rivers = "Avon Clyde Isar Loire Mersey Neva Oder Tagus".split(" ");

export const relations: readonly Relation[] = [
  {
    name: "birthplace",
    of: "person",
    to: "city",
    sentences: ["S was born in V.", "S comes from V by birth."],
    phrases: ["the birthplace of X", "the city where X was born"],
    questions: ["Where was X born?", "In which city was X born?"],
  },
  {
    name: "home",
    of: "person",
    to: "city",
    sentences: ["S lives in V.", "S has a house in V."],
    phrases: ["the home of X", "the city where X lives"],
    questions: ["Where does X live?", "In which city does X live?"],
  },
  {
    name: "employer",
    of: "person",
    to: "company",
    sentences: ["S works for V.", "S has a job at V."],
    phrases: ["the employer of X", "the company that X works for"],
    questions: ["Who does X work for?", "Which company does X work for?"],
  },
  {
    name: "teacher",
    of: "person",
    to: "person",
    sentences: ["S was taught by V.", "S learned from V."],
    phrases: ["the teacher of X", "the person who taught X"],
    questions: ["Who taught X?", "By whom was X taught?"],
  },
  {
    name: "instrument",
    of: "person",
    to: instruments,
    sentences: ["S plays the V."],
    phrases: [],
    questions: ["Which instrument does X play?"],
  },
  {
    name: "country",
    of: "city",
    to: "country",
    sentences: ["S is a city in V.", "S lies in V."],
    phrases: ["the country of X", "the country that X is in"],
    questions: ["In which country is X?", "Which country is X in?"],
  },
  {
    name: "mayor",
    of: "city",
    to: "person",
    sentences: ["S has the mayor V.", "S is led by V."],
    phrases: ["the mayor of X"],
    questions: ["Who is the mayor of X?"],
  },
  {
    name: "river",
    of: "city",
    to: rivers,
    sentences: ["S lies on the river V."],
    phrases: [],
    questions: ["On which river does X lie?"],
  },
  {
    name: "capital",
    of: "country",
    to: "city",
    sentences: ["S has the capital V.", "S is ruled from V."],
    phrases: ["the capital of X"],
    questions: ["What is the capital of X?"],
  },
  {
    name: "president",
    of: "country",
    to: "person",
    sentences: ["S has the president V.", "S has elected V."],
    phrases: ["the president of X"],
    questions: ["Who is the president of X?"],
  },
  {
    name: "currency",
    of: "country",
    to: currencies,
    sentences: ["S pays with the V."],
    phrases: [],
    questions: ["What is the currency of X?"],
  },
  {
    name: "seat",
    of: "company",
    to: "city",
    sentences: ["S is based in V.", "S has its office in V."],
    phrases: ["the seat of X", "the city where X is based"],
    questions: ["Where is X based?", "In which city is X based?"],
  },
  {
    name: "founder",
    of: "company",
    to: "person",
    sentences: ["S was founded by V.", "S was started by V."],
    phrases: ["the founder of X", "the person who founded X"],
    questions: ["Who founded X?", "By whom was X founded?"],
  },
  {
    name: "product",
    of: "company",
    to: products,
    sentences: ["S makes V."],
    phrases: [],
    questions: ["What does X make?"],
  },
];

/** A sentence with its subject and value. Names may hold any letter: both are put in at once. */
export function sentence(pattern: string, subject: string, value: string): string {
  return pattern.replace(/\b[SV]\b/g, (letter) => (letter === "S" ? subject : value));
}

export function about(pattern: string, subject: string): string {
  return pattern.replace(/\bX\b/, () => subject);
}
