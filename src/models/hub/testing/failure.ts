/** The message that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    (value) => new Error(`no error, but ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  return (thrown as Error).message;
}
