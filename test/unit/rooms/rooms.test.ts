import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { roomOf, rooms } from '../../../rooms.mjs';
import { roomsPlugin } from '../../../scripts/eslint-rooms.mjs';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** The name of a room. `model` and `sidecar/model/` name the same room; `sidecar/` is the room of the sidecar's start. */
function roomNamed(name: string): string {
  const plain = name.replace(/\.ts$/, '').replace(/\/$/, '');
  return plain in rooms ? plain : `sidecar/${plain}`;
}

/** Reads the table of ARCHITECTURE.md: what each room may import. Types are listed separately. */
function tableInArchitecture(): Record<string, { imports: string[]; types: string[] }> {
  const text = readFileSync(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const rows = text.matchAll(/^\| `([\w/.-]+)` \| [^|]+ \| ([^|]+) \|$/gm);
  return Object.fromEntries(
    Array.from(rows, ([, room = '', allowed = '']) => {
      const [whole = '', types = ''] = allowed.split('types of');
      const names = (list: string): string[] =>
        Array.from(list.matchAll(/`([^`]+)`/g), ([, name = '']) => roomNamed(name)).sort();
      return [roomNamed(room), { imports: names(whole), types: names(types) }];
    }),
  );
}

describe('the rooms', () => {
  it('are the same in rooms.mjs and in ARCHITECTURE.md', () => {
    const inProgram = Object.entries(rooms).map(([room, { imports, types = [] }]) => [
      room,
      { imports: [...imports].sort(), types: [...types].sort() },
    ]);
    expect(tableInArchitecture()).toEqual(Object.fromEntries(inProgram));
  });

  it('import only from rooms that exist, and never in a circle', () => {
    const below = (room: string, seen: readonly string[]): void => {
      expect(seen).not.toContain(room);
      expect(Object.keys(rooms)).toContain(room);
      for (const next of rooms[room]?.imports ?? []) below(next, [...seen, room]);
    };
    for (const room of Object.keys(rooms)) below(room, []);
  });

  it('are found by the longest name', () => {
    expect(roomOf('sidecar/model/onnx/graph-builder.ts')).toBe('sidecar/model');
    expect(roomOf('sidecar/sidecar-main.ts')).toBe('sidecar');
    expect(roomOf('sidecar/build-versions.ts')).toBe('sidecar/build-versions');
    expect(roomOf('test/unit/rooms/rooms.test.ts')).toBeUndefined();
  });
});

describe('the rule of the rooms', () => {
  async function complaints(file: string, code: string): Promise<string[]> {
    const eslint = new ESLint({
      cwd: ROOT,
      overrideConfigFile: true,
      overrideConfig: [
        {
          files: ['**/*.ts'],
          languageOptions: { parser: tseslint.parser },
          plugins: { rooms: roomsPlugin },
          rules: { 'rooms/imports': 'error' },
        },
      ],
    });
    const [result] = await eslint.lintText(code, { filePath: path.join(ROOT, file) });
    return result?.messages.map(({ message }) => message) ?? [];
  }

  it.each([
    ['extension/x.ts', "import { Engine } from '../sidecar/engine/engine';", 'sidecar/engine'],
    ['sidecar/image/x.ts', "import { UNDECIDED } from '../protocol';", 'values from sidecar/protocol'],
    ['sidecar/decoding/x.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
    ['sidecar/model/x.ts', "export { Engine } from '../engine/engine';", 'sidecar/engine'],
    ['sidecar/server/x.ts', "import * as ort from 'onnxruntime-node';", 'onnxruntime-node'],
    ['webview/x.ts', "export * from '../sidecar/decoding/noise';", 'sidecar/decoding'],
  ])('refuses in %s: %s', async (file, code, named) => {
    expect(await complaints(file, code)).toEqual([expect.stringContaining(named)]);
  });

  it.each([
    ['extension/x.ts', "import { UNDECIDED } from '../sidecar/protocol';"],
    ['sidecar/image/x.ts', "import type { Snapshot } from '../protocol';"],
    ['sidecar/image/x.ts', "import { type Snapshot } from '../protocol';"],
    ['sidecar/decoding/x.ts', "import { noise } from './noise';"],
    ['test/unit/x.test.ts', "import { Engine } from '../../sidecar/engine/engine';"],
  ])('allows in %s: %s', async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});
