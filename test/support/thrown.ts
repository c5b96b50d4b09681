/** The message of what `action` throws, for tests that compare it to the letter. */
export function thrownMessage(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return "nothing was thrown";
}

export async function rejectionMessage(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "nothing was thrown",
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
}
