/** Debian's chromium brings a software Vulkan device and the loader for it: enough to test the webgpu provider without a GPU. */
import { existsSync } from "node:fs";

const FOLDER = "/usr/lib/chromium";
const DRIVER = `${FOLDER}/vk_swiftshader_icd.json`;

export const hasSoftwareGpu: boolean = existsSync(DRIVER);

/** Why a check is skipped. */
export const NO_SOFTWARE_GPU: string = `there is no ${DRIVER} (Debian: apt-get install chromium)`;

/** Environment of a process that finds it. */
export function softwareGpuEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: FOLDER, XDG_RUNTIME_DIR: "/tmp" };
}
