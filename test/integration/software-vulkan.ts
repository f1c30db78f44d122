import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findChromium } from '../../scripts/install-system-packages.mjs';

const DRIVER = 'vk_swiftshader_icd.json';

/**
 * The environment in which WebGPU runs on SwiftShader, the software Vulkan that comes with Chromium. It is slow, but uses the
 * code path of a GPU. Undefined if there is no SwiftShader; the terminal then says so. On systems other than Linux, WebGPU does
 * not use Vulkan.
 */
export function softwareVulkan(): Readonly<Record<string, string>> | undefined {
  const chromium = process.platform === 'linux' ? findChromium() : undefined;
  const folders = chromium === undefined ? [] : [path.dirname(realpathSync(chromium)), '/usr/lib/chromium'];
  const driver = folders.map((folder) => path.join(folder, DRIVER)).find((file) => existsSync(file));
  if (driver !== undefined) return { VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: tmpdir() };
  console.warn(
    process.platform === 'linux'
      ? `Skipped: WebGPU needs ${DRIVER}, which Debian's package "chromium" brings.`
      : 'Skipped: a Vulkan in software is looked for on Linux only.',
  );
  return undefined;
}
