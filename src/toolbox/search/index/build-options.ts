/** What whoever has an index built may say and hear. */

export interface BuildProgress {
  readonly documents: number;
  /** Of the corpus, in files that are read. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface BuildOptions {
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
