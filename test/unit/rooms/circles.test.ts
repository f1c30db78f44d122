import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findCircles } from './find-circles';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDERS = ['sidecar', 'extension', 'webview', 'test', 'scripts'];
const OPTIONS: ts.CompilerOptions = { moduleResolution: ts.ModuleResolutionKind.Bundler, allowJs: true };

/** The files that each file imports from or exports from, also types only. */
function importsOfTheProgram(): Map<string, readonly string[]> {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(ROOT, folder, file),
    ),
  ).filter((file) => /\.m?[jt]s$/.test(file));
  return new Map(files.map((file) => [relative(file), importsOf(file)]));
}

function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return [];
    const { resolvedModule } = ts.resolveModuleName(fileName, file, OPTIONS, ts.sys);
    return resolvedModule ? [relative(resolvedModule.resolvedFileName)] : [];
  });
}

function relative(file: string): string {
  return path.relative(ROOT, file).split(path.sep).join('/');
}

describe('the files of the program', () => {
  const imports = importsOfTheProgram();

  it('are all looked at, with the types that they import', () => {
    expect(imports.get('sidecar/engine/describe-run.ts')).toEqual([
      'sidecar/protocol/index.ts',
      'sidecar/engine/run.ts',
    ]);
    expect(imports.get('sidecar/protocol/index.ts')).toContain('sidecar/protocol/messages.ts');
    expect(imports.size).toBeGreaterThan(400);
  });

  it('import each other in no circle, not even types', () => {
    expect(findCircles(imports)).toEqual([]);
  });
});

describe('a circle', () => {
  it.each([
    ['of two files', { a: ['b'], b: ['a'] }, [['a', 'b']]],
    ['of one file', { a: ['a'] }, [['a']]],
    ['behind other files', { a: ['b'], b: ['c'], c: ['d'], d: ['b'] }, [['b', 'c', 'd']]],
    ['in none of two ways to a file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
    [
      'beside another',
      { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] },
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ])('%s is found', (_, graph, circles) => {
    expect(findCircles(new Map(Object.entries(graph)))).toEqual(circles);
  });
});
