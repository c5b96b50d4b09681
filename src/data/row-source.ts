/** Rows from TypeScript: objects of columns, from anything that can be iterated. */

export type RowValues = Readonly<Record<string, unknown>>;
export type Rows = Iterable<RowValues> | AsyncIterable<RowValues>;
/** A function is asked anew each time the rows are read; an iterator can be read once. */
export type RowSource = Rows | (() => Rows | Promise<Rows>);
