import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject, parseStrictJsonText, StrictJsonError } from '../files/strict-json';

/** A graphics device as the operating system knows it. */
export interface GraphicsDevice {
  readonly name: string;
  /**
   * Its own memory in bytes. Undefined when no trustworthy source says it, or when the device shares the processor's
   * memory.
   */
  readonly memoryBytes: number | undefined;
}

/** Longest time that a program of the system may take to list its devices. */
const PATIENCE_MS = 5000;
/** Levels of objects and lists in its output. */
const MAX_DEPTH = 32;

/**
 * The graphics devices of this machine, from NVIDIA's own tool where it exists, and from the operating system. Never fails:
 * a source without an answer adds nothing, and no name is made up.
 */
export async function listGraphicsDevices(platform: NodeJS.Platform): Promise<GraphicsDevice[]> {
  const [nvidia, listed] = await Promise.all([listNvidia(), listBySystem(platform)]);
  // NVIDIA's tool knows names and memory. The system says less about the same devices, so its NVIDIA entries are left out.
  return nvidia.length === 0 ? listed : [...nvidia, ...listed.filter(({ name }) => !/nvidia/i.test(name))];
}

async function listNvidia(): Promise<GraphicsDevice[]> {
  const query = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
  return parseNvidiaSmi(await outputOf('nvidia-smi', query));
}

async function listBySystem(platform: NodeJS.Platform): Promise<GraphicsDevice[]> {
  if (platform === 'linux') return listDrm('/sys/class/drm');
  if (platform === 'darwin')
    return parseSystemProfiler(await outputOf('system_profiler', ['SPDisplaysDataType', '-json']));
  if (platform !== 'win32') return [];
  const query = ['-NoProfile', '-NonInteractive', '-Command', VIDEO_CONTROLLERS];
  return parseVideoControllers(await outputOf('powershell.exe', query));
}

const VIDEO_CONTROLLERS =
  'ConvertTo-Json -InputObject @(Get-CimInstance Win32_VideoController | Select-Object Name, AdapterRAM)';

/** The output of a program; empty when the program is missing, fails or takes too long. */
async function outputOf(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      timeout: PATIENCE_MS,
      windowsHide: true,
      maxBuffer: 4 << 20,
    });
    return stdout;
  } catch {
    return '';
  }
}

/** Parses lines of `name, MiB`. The memory of some devices is "[N/A]". */
export function parseNvidiaSmi(output: string): GraphicsDevice[] {
  return output.split('\n').flatMap((line) => {
    const match = /^(.+),\s*(\S+)\s*$/.exec(line);
    if (!match?.[1]) return [];
    const mebibytes = Number(match[2]);
    const isKnown = Number.isFinite(mebibytes) && mebibytes > 0;
    return [{ name: match[1].trim(), memoryBytes: isKnown ? mebibytes * 2 ** 20 : undefined }];
  });
}

/**
 * Parses `system_profiler SPDisplaysDataType -json`: `sppci_model`, and `spdisplays_vram` such as "8 GB" for a device with
 * its own memory.
 */
export function parseSystemProfiler(output: string): GraphicsDevice[] {
  const report = parseOutput(output);
  const displays = isJsonObject(report) ? report.SPDisplaysDataType : undefined;
  return objects(displays).flatMap(({ sppci_model: name, spdisplays_vram: memory }) =>
    typeof name === 'string' ? [{ name, memoryBytes: parseSize(memory) }] : [],
  );
}

/**
 * Parses `Win32_VideoController` as JSON. `AdapterRAM` has 32 bits: a value near the end of that range may mean any larger
 * size.
 */
export function parseVideoControllers(output: string): GraphicsDevice[] {
  return objects(parseOutput(output)).flatMap(({ Name: name, AdapterRAM: memory }) => {
    if (typeof name !== 'string' || name === '') return [];
    const isKnown = typeof memory === 'number' && memory > 0 && memory < 4e9;
    return [{ name, memoryBytes: isKnown ? memory : undefined }];
  });
}

/** Lists the devices of Linux's kernel interface. Each has a folder `cardN`; its driver may tell the memory (amdgpu does). */
export async function listDrm(folder: string): Promise<GraphicsDevice[]> {
  const entries = await readdir(folder).catch(() => []);
  const devices: GraphicsDevice[] = [];
  for (const card of entries.filter((name) => /^card\d+$/.test(name)).sort()) {
    const read = (file: string): Promise<string> =>
      readFile(path.join(folder, card, 'device', file), 'utf8').then(
        (text) => text.trim(),
        () => '',
      );
    const [vendor, device, memory] = [
      await read('vendor'),
      await read('device'),
      await read('mem_info_vram_total'),
    ];
    if (vendor === '') continue;
    const bytes = Number(memory);
    devices.push({
      name: `${PCI_VENDORS[vendor] ?? `vendor ${vendor}`} graphics device ${device}`.trim(),
      memoryBytes: bytes > 0 ? bytes : undefined,
    });
  }
  return devices;
}

/** Makers of graphics devices, from the PCI ID repository. */
const PCI_VENDORS: Readonly<Record<string, string>> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x106b': 'Apple',
  '0x1af4': 'virtio',
  '0x15ad': 'VMware',
  '0x1234': 'QEMU',
};

/** Parses "1536 MB" or "8 GB" into bytes. */
function parseSize(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^([\d.]+)\s*(MB|GB)$/.exec(text) : null;
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === 'GB' ? 2 ** 30 : 2 ** 20);
}

/** Parses what a program of the system printed. Undefined when it is no JSON. */
function parseOutput(output: string): unknown {
  try {
    return parseStrictJsonText(output, MAX_DEPTH);
  } catch (error) {
    if (error instanceof StrictJsonError) return undefined;
    throw error;
  }
}

function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
