import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listDrm,
  parseNvidiaSmi,
  parseSystemProfiler,
  parseVideoControllers,
} from '../../../sidecar/hardware/graphics-devices';
import { hasVulkanDriver } from '../../../sidecar/hardware/vulkan-drivers';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-devices-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

describe('graphics devices', () => {
  it('are read from nvidia-smi, memory in MiB', () => {
    expect(parseNvidiaSmi('NVIDIA GeForce RTX 4070, 12282\nNVIDIA GB10, [N/A]\n')).toEqual([
      { name: 'NVIDIA GeForce RTX 4070', memoryBytes: 12282 * 2 ** 20 },
      { name: 'NVIDIA GB10', memoryBytes: undefined },
    ]);
  });

  it('are read from macOS, where most share the memory of the processor', () => {
    const output = JSON.stringify({
      SPDisplaysDataType: [
        { sppci_model: 'Apple M2' },
        { sppci_model: 'AMD Radeon Pro 5500M', spdisplays_vram: '8 GB' },
      ],
    });
    expect(parseSystemProfiler(output)).toEqual([
      { name: 'Apple M2', memoryBytes: undefined },
      { name: 'AMD Radeon Pro 5500M', memoryBytes: 8 * 2 ** 30 },
    ]);
  });

  it('are read from Windows, whose 32-bit memory says nothing of large ones', () => {
    const output = JSON.stringify([
      { Name: 'Intel(R) UHD Graphics', AdapterRAM: 1073741824 },
      { Name: 'NVIDIA GeForce RTX 4070', AdapterRAM: 4293918720 },
    ]);
    expect(parseVideoControllers(output)).toEqual([
      { name: 'Intel(R) UHD Graphics', memoryBytes: 1073741824 },
      { name: 'NVIDIA GeForce RTX 4070', memoryBytes: undefined },
    ]);
  });

  it('are read from the Linux kernel, connectors left out', async () => {
    write('card0/device/vendor', '0x1002\n');
    write('card0/device/device', '0x744c\n');
    write('card0/device/mem_info_vram_total', '25753026560\n');
    write('card0-DP-1/device/vendor', '0x1002\n');
    write('card1/device/vendor', '0x8086\n');
    write('card1/device/device', '0x46a6\n');
    expect(await listDrm(folder)).toEqual([
      { name: 'AMD graphics device 0x744c', memoryBytes: 25753026560 },
      { name: 'Intel graphics device 0x46a6', memoryBytes: undefined },
    ]);
  });

  it.each(['', 'not JSON', '[]', '{"SPDisplaysDataType": 3}', '[null, 3, {"Name": 5}]'])(
    'are none where a program says something else: %j',
    (output) => {
      expect([
        ...parseNvidiaSmi(output === '' ? 'NVIDIA-SMI has failed' : ''),
        ...parseSystemProfiler(output),
        ...parseVideoControllers(output),
      ]).toEqual([]);
    },
  );
});

describe('a Vulkan driver', () => {
  it('is one that a variable names or a folder of manifests holds', async () => {
    const env = { HOME: folder, XDG_CONFIG_DIRS: folder, XDG_DATA_DIRS: folder };
    expect(await hasVulkanDriver({ ...env, VK_ICD_FILENAMES: '/some/icd.json' }, [])).toBe(true);
    write('vulkan/icd.d/README', '');
    expect(await hasVulkanDriver(env, [])).toBe(false);
    write('vulkan/icd.d/radeon_icd.x86_64.json', '{}');
    expect(await hasVulkanDriver(env, [])).toBe(true);
    expect(await hasVulkanDriver({ HOME: '/nowhere' }, [path.join(folder, 'vulkan/icd.d')])).toBe(true);
  });
});
