/** Whether two names are of one model. A server started from a folder says the folder; who asks may know only its last part. */

export function isSameModel(asked: string, real: string): boolean {
  const [a, b] = [trimmed(asked), trimmed(real)];
  if (a === b) return true;
  return (isFolder(a) || isFolder(b)) && last(a) === last(b);
}

function trimmed(name: string): string {
  return name.replace(/\/+$/, "");
}

function isFolder(name: string): boolean {
  return /^[./~]|^[A-Za-z]:[\\/]/.test(name);
}

function last(name: string): string {
  return name.split(/[\\/]/).at(-1) ?? name;
}
