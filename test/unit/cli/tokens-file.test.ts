import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTokens, readTokensFile } from '../../../sidecar/cli/tokens-file';
import { UsageError } from '../../../sidecar/cli/usage-error';
import { temporaryFolder } from '../weights/temporary-folder';

const folder = temporaryFolder();
const read = (content: unknown) =>
  readTokensFile(
    folder.write('tokens.json', typeof content === 'string' ? content : JSON.stringify(content)),
  );

describe('a tokens file', () => {
  it.each([
    ['a list', [1, 2, 3, 4], undefined],
    ['what zipar generate --json prints', { model: 'x', grid: [2, 2], tokens: [1, 2, 3, 4] }, [2, 2]],
    ['one run in a list of runs', { runs: [{ tokens: [1, 2, 3, 4] }] }, undefined],
  ])('is %s', async (_, content, grid) => {
    const given = await read(content);
    expect(Array.from(given.tokens)).toEqual([1, 2, 3, 4]);
    expect(given.grid && [given.grid.height, given.grid.width]).toEqual(grid);
    expect(given.notices).toEqual([]);
  });

  it('with several runs gives the first, and says so', async () => {
    const given = await read({ runs: [{ tokens: [1, 2] }, { tokens: [3, 4] }] });
    expect(Array.from(given.tokens)).toEqual([1, 2]);
    expect(given.notices).toEqual([expect.stringContaining('2 runs')]);
  });

  it.each([
    ['{', 'not valid JSON'],
    ['3', 'holds no tokens'],
    ['[]', 'holds no tokens'],
    ['{"tokens": "1 2 3"}', 'holds no tokens'],
    ['{"runs": []}', 'holds no tokens'],
    ['[1, 2.5]', 'token 1 is 2.5'],
    ['[1, -1]', 'token 1 is -1'],
    ['[0, 2147483648]', 'token 1 is 2147483648'],
    ['[1, "2"]', 'token 1 is "2"'],
    ['[1, null]', 'token 1 is null'],
    ['{"tokens": [1], "grid": [1]}', '"grid"'],
    ['{"tokens": [1], "grid": [0, 1]}', '"grid"'],
  ])('that holds %s is refused by name', async (content, problem) => {
    const refusal = read(content);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow(problem);
    await expect(refusal).rejects.toThrow('tokens.json');
  });

  it('that is missing or a folder is refused by name', async () => {
    await expect(readTokensFile(join(folder.path, 'nowhere.json'))).rejects.toThrow('nowhere.json');
    await expect(readTokensFile(folder.path)).rejects.toThrow('folder');
  });

  it('has to fit the grid and the codebook', async () => {
    const given = await read([0, 1, 2, 7]);
    expect(checkTokens(given, { height: 2, width: 2 }, 8)).toEqual(given.tokens);
    expect(() => checkTokens(given, { height: 2, width: 3 }, 8)).toThrow(
      '4 tokens where a grid of 2x3 takes 6',
    );
    expect(() => checkTokens(given, { height: 2, width: 2 }, 7)).toThrow(
      "token 3 is 7, outside the model's 0..6",
    );
  });
});
