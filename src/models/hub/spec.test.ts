import { describe, expect, it } from "vitest";
import { diskError } from "./disk-error.ts";
import { hubEnvironment } from "./environment.ts";
import { hubName, parseHubSpec } from "./spec.ts";

describe("the name of a model of the Hub", () => {
  it.each([
    ["hf://Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B", "main", null],
    ["hf://a/b@v1.0", "a/b", "v1.0", null],
    ["hf://a/b@refs/pr/12", "a/b", "refs/pr/12", null],
    ["hf://a/b@refs%2Fpr%2F12/x.gguf", "a/b", "refs/pr/12", "x.gguf"],
    ["hf://a/b@refs/pr/12/q4/x.GGUF", "a/b", "refs/pr/12", "q4/x.GGUF"],
    ["hf://a/b/BF16/x-00001-of-00002.gguf", "a/b", "main", "BF16/x-00001-of-00002.gguf"],
    ["hf://a/b/", "a/b", "main", null],
  ])("%s", (text, repository, revision, file) => {
    const spec = parseHubSpec(text);
    expect(spec).toEqual({ type: "model", repository, revision, file });
    expect(parseHubSpec(hubName(spec, file).replace("refs/", "refs/"))).toEqual(spec);
  });

  it.each([
    "hf://",
    "hf://gpt2",
    "hf://a/b@x@y",
    "hf://../b",
    "hf://a/..",
    "hf://a--b/c",
    "hf://a/-b",
    "a/b",
    "hf://a b/c",
    "hf://a/b\n",
  ])("%j is none", (text) => {
    expect(() => parseHubSpec(text)).toThrow(
      `${JSON.stringify(text)} does not name a model of the Hub\n  expected: hf://owner/name, hf://owner/name@revision or hf://owner/name/file.gguf`,
    );
  });

  it.each([
    "hf://a/b@",
    "hf://a/b@..",
    "hf://a/b@..%2F..%2Fx",
    "hf://a/b@%2Fetc",
    "hf://a/b@a%5Cb",
    "hf://a/b@x%00",
    "hf://a/b@%zz",
  ])("%j has no good revision", (text) => {
    expect(() => parseHubSpec(text)).toThrow(
      / is not a revision\n {2}expected: a branch, a tag or a commit; slashes in it as %2F$/,
    );
  });

  it.each(["hf://a/b/../../x.gguf", "hf://a/b/x.bin", "hf://a/b//x.gguf", "hf://a/b/folder"])(
    "%j has no good file",
    (text) => {
      expect(() => parseHubSpec(text)).toThrow(
        /inside the repository\n {2}expected: nothing, for the model's folder, or the path of a \.gguf file$/,
      );
    },
  );
});

describe("the environment", () => {
  it("says where the cache is, as huggingface_hub reads it", () => {
    expect(hubEnvironment({ HF_HOME: "/h" }).cache).toBe("/h/hub");
    expect(hubEnvironment({ HF_HOME: "/h", HF_HUB_CACHE: "/c" }).cache).toBe("/c");
    expect(hubEnvironment({ XDG_CACHE_HOME: "/x" }).cache).toBe("/x/huggingface/hub");
    expect(hubEnvironment({}).cache).toMatch(/\.cache\/huggingface\/hub$/);
  });

  it("says which Hub, with which token, or none at all", () => {
    expect(hubEnvironment({})).toMatchObject({ endpoint: "https://huggingface.co", token: null, offline: false });
    const variables = { HF_ENDPOINT: "https://mirror/", HF_TOKEN: " hf_x\n", HF_HUB_OFFLINE: "True" };
    expect(hubEnvironment(variables)).toMatchObject({ endpoint: "https://mirror", token: "hf_x", offline: true });
    expect(hubEnvironment({ HF_TOKEN: "", HF_HUB_OFFLINE: "0" })).toMatchObject({ token: null, offline: false });
  });

  it("is refused where it makes no sense", () => {
    expect(() => hubEnvironment({ HF_ENDPOINT: "mirror" })).toThrow(
      'HF_ENDPOINT is "mirror"\n  expected: the address of a Hub, e.g. https://huggingface.co',
    );
    expect(() => hubEnvironment({ HF_TOKEN: "a\r\nb" })).toThrow(
      "HF_TOKEN holds characters that no token has\n  expected: hf_ and letters and digits",
    );
  });
});

describe("what the disk refuses", () => {
  it.each([
    [
      "ENOSPC",
      "no space left on device",
      "free some space, or set HF_HOME to a folder on another disk; what is downloaded stays, and is gone on from",
    ],
    ["EACCES", "permission denied", "set HF_HOME to a folder you may write to"],
  ])("%s says what to do", (code, message, fix) => {
    const error = diskError("write", "/c/x", Object.assign(new Error(message), { code })) as Error;
    expect(error.message).toBe(`cannot write /c/x: ${message}\n  to fix: ${fix}`);
  });
});
