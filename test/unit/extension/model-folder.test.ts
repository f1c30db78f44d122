import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { looksLikePath, resolveModelFolder } from '../../../extension/model-folder';

const HOME = path.resolve('/home/user');
const WORKSPACE = path.resolve('/home/me/project');

describe('a model folder of the settings', () => {
  it('may begin at home, at the root or at the workspace', () => {
    expect(resolveModelFolder('~/models/big', HOME, undefined)).toBe(path.join(HOME, 'models', 'big'));
    expect(resolveModelFolder(path.resolve('/models/big'), HOME, undefined)).toBe(
      path.resolve('/models/big'),
    );
    expect(resolveModelFolder('models/big', HOME, WORKSPACE)).toBe(path.join(WORKSPACE, 'models', 'big'));
  });

  it('is not known when it is relative and no folder is open', () => {
    expect(resolveModelFolder('models/big', HOME, undefined)).toBeUndefined();
  });
});

it.each([
  ['shapes', false],
  ['shapes v1.2', false],
  ['', false],
  ['./shapes', true],
  ['~', true],
  ['models/shapes', true],
  ['C:\\models\\shapes', true],
])('%j is a path: %j', (model, expected) => {
  expect(looksLikePath(model)).toBe(expected);
});
