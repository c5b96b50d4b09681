/** The rows of a Parquet file, one row group in memory at a time, with values as JSON has them. */
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AepoError, messageOf } from "../std/errors.ts";
import { jsonOf } from "./json-value.ts";
import { dataError, type Row, rowOf } from "./row.ts";

/** What a row group, and a page of it, may take when unpacked: what a file says of itself is not believed beyond. */
const MAX_GROUP_BYTES = 4 * 2 ** 30;
const MAX_PAGE_BYTES = 512 * 2 ** 20;

export async function* parquetRows(path: string): AsyncGenerator<Row> {
  const reading = async <T>(action: () => Promise<T>): Promise<T> =>
    action().catch((thrown: unknown) => {
      if (thrown instanceof AepoError) throw thrown;
      throw dataError(path, `cannot be read as Parquet: ${messageOf(thrown)}`, { cause: thrown });
    });
  const file: AsyncBuffer = await reading(async () => asyncBufferFromFile(path));
  const metadata = await reading(async () => parquetMetadataAsync(file));
  const bounded = boundedCompressors(path);
  let rowStart = 0;
  for (const [i, group] of metadata.row_groups.entries()) {
    const [rows, bytes] = [Number(group.num_rows), Number(group.total_byte_size)];
    if (!Number.isSafeInteger(rows) || rows < 0 || bytes > MAX_GROUP_BYTES || bytes < 0) {
      throw dataError(path, `row group ${i + 1} says it has ${rows} rows in ${bytes} bytes`, {
        expected: `at most ${MAX_GROUP_BYTES} bytes a group`,
        fix: "write the file again with smaller row groups",
      });
    }
    const range = { rowStart, rowEnd: rowStart + rows };
    const objects = await reading(async () => parquetReadObjects({ file, metadata, compressors: bounded, ...range }));
    if (objects.length !== rows)
      throw dataError(path, `row group ${i + 1} has ${objects.length} rows, and says ${rows}`);
    for (const [j, object] of objects.entries()) {
      const place = `${path}, row ${rowStart + j + 1}`;
      yield rowOf(jsonOf(object), place);
    }
    rowStart += rows;
  }
}

function boundedCompressors(path: string): Compressors {
  const bound = (unpack: (input: Uint8Array, length: number) => Uint8Array | Promise<Uint8Array>) =>
    ((input: Uint8Array, length: number) => {
      if (length <= MAX_PAGE_BYTES) return unpack(input, length);
      throw dataError(path, `a page says it has ${length} bytes`, { expected: `at most ${MAX_PAGE_BYTES}` });
    }) as NonNullable<Compressors["SNAPPY"]>;
  return Object.fromEntries(
    Object.entries(compressors as Record<string, Parameters<typeof bound>[0]>).map(([codec, unpack]) => [
      codec,
      bound(unpack),
    ]),
  );
}
