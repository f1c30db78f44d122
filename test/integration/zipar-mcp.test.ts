/** `zipar mcp`: an agent makes pictures through the Model Context Protocol. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PICTURE_TOOL, type PictureToolResult } from '../../sidecar/protocol';
import { readPngText } from '../../sidecar/image/png';
import { runZipar } from './zipar-process';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

const ZIPAR = path.join(__dirname, '../../dist/zipar.js');

let folder: string;
let client: Client;
let transport: StdioClientTransport;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-mcp-'));
  transport = new StdioClientTransport({
    command: process.execPath,
    args: [ZIPAR, 'mcp', '--folder', folder],
    stderr: 'ignore',
  });
  client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

async function call(input: Record<string, unknown>) {
  const { content, structuredContent, isError } = await client.callTool({
    name: PICTURE_TOOL.name,
    arguments: input,
  });
  const [first] = content as readonly { readonly text: string }[];
  return { text: first?.text ?? '', result: structuredContent as PictureToolResult | undefined, isError };
}

describe('zipar mcp', () => {
  it('offers one tool', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['zipar_generate_image']);
    expect(Object.keys(tools[0]?.inputSchema.properties ?? {})).toContain('prompt');
  });

  it('makes a picture, returns its path, and tells the steps meanwhile', async () => {
    const steps: number[] = [];
    const { structuredContent } = await client.callTool(
      { name: PICTURE_TOOL.name, arguments: { prompt: 'snow at dawn', seed: 7, window: 4 } },
      undefined,
      { onprogress: ({ progress }) => steps.push(progress) },
    );
    const { file, ...rest } = structuredContent as PictureToolResult & Record<string, unknown>;
    expect(rest).toEqual({
      ...{ model: EMBEDDED.name, decoder: 'zipar', seed: 7 },
      ...{ steps: fixedWindowSteps(4), rasterSteps: EMBEDDED.cells },
    });
    expect(path.isAbsolute(file)).toBe(true);
    expect(path.dirname(file)).toBe(path.join(folder, 'zipar-images'));
    expect(JSON.parse(readPngText(readFileSync(file)).get('zipar') ?? '')).toMatchObject({
      prompt: 'snow at dawn',
      seed: 7,
    });
    expect(steps.length).toBeGreaterThan(0);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it('makes calls that come at once one after another, and overwrites nothing', async () => {
    const [one, other] = await Promise.all([
      call({ prompt: 'snow at dawn', seed: 7 }),
      call({ prompt: 'snow at dawn', seed: 7 }),
    ]);
    const files = [one.result?.file ?? '', other.result?.file ?? ''];
    expect(new Set(files).size).toBe(2);
    expect(files.every((file) => existsSync(file))).toBe(true);
    expect(readdirSync(path.join(folder, 'zipar-images'))).toHaveLength(3);
  });

  it.each([
    [{}, 'The input has no "prompt"; say what the picture shall show.'],
    [{ prompt: 'snow', sede: 7 }, 'The input has an unknown field "sede"'],
    [{ prompt: 'snow', seed: -1 }, '"seed" must be at least 0.'],
    [{ prompt: 'snow', decoder: 'fast' }, 'fast'],
    [{ prompt: 'snow', window: 99 }, '99'],
    [{ prompt: 'dragon' }, 'no word that this model knows'],
    [{ prompt: 'snow', model: './nowhere' }, 'nowhere'],
    [{ label: 3 }, EMBEDDED.name],
  ])('refuses %j in a sentence that the agent reads', async (input, named) => {
    const before = readdirSync(path.join(folder, 'zipar-images')).length;
    const { text, isError } = await call(input);
    expect(isError).toBe(true);
    expect(text).toContain(named);
    expect(text).toMatch(/^[^\n]+\.$/);
    expect(readdirSync(path.join(folder, 'zipar-images'))).toHaveLength(before);
  });

  it('stops a picture that the client cancels, and makes the next one', async () => {
    const aborter = new AbortController();
    const cancelled = client.callTool(
      { name: PICTURE_TOOL.name, arguments: { prompt: 'snow at dawn', decoder: 'raster' } },
      undefined,
      {
        signal: aborter.signal,
        onprogress: () => {
          aborter.abort();
        },
      },
    );
    await expect(cancelled).rejects.toThrow();
    expect((await call({ prompt: 'sea by night', seed: 1 })).result?.seed).toBe(1);
  });

  it('ends when its client goes', async () => {
    const { pid } = transport;
    await client.close();
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });

  it('refuses a folder that is not there', async () => {
    const { code, stdout, stderr } = await runZipar(folder, ['mcp', '--folder', 'nowhere']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^zipar: --folder nowhere cannot be used: [^\n]+\. Name another folder\.\n$/);
  });
});
