/** The tool with which an agent in VS Code makes a picture. A second extension calls it as an agent would. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPngText } from '../../sidecar/image/png';
import { PICTURE_TOOL, type PictureToolResult } from '../../sidecar/protocol';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

/** An extension with one command: it reads an input from call.json, calls the tool, and writes the answer. */
function callingExtension(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-caller-'));
  const manifest = {
    name: 'caller',
    publisher: 'test',
    version: '1.0.0',
    description: 'Calls the tool.',
    engines: { vscode: '^1.100.0' },
    main: './extension.js',
    activationEvents: [],
    contributes: { commands: [{ command: 'caller.call', title: 'Call the Tool', category: 'Test' }] },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'README.md'), 'Calls the tool.');
  writeFileSync(
    join(folder, 'extension.js'),
    `
const vscode = require('vscode');
const fs = require('node:fs');
const path = require('node:path');
exports.activate = (context) => {
  context.subscriptions.push(vscode.commands.registerCommand('caller.call', async () => {
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    const input = JSON.parse(fs.readFileSync(path.join(folder, 'call.json'), 'utf8'));
    const answer = await vscode.lm
      .invokeTool('${PICTURE_TOOL.name}', { input, toolInvocationToken: undefined })
      .then((result) => ({ text: result.content[0].value }), (error) => ({ error: error.message }));
    const known = vscode.lm.tools.some((tool) => tool.name === '${PICTURE_TOOL.name}');
    // Whole or not at all: the test reads the file as soon as it is there.
    fs.writeFileSync(path.join(folder, 'answer.part'), JSON.stringify({ ...answer, known }));
    fs.renameSync(path.join(folder, 'answer.part'), path.join(folder, 'answer.json'));
  }));
};
`,
  );
  return folder;
}

interface Answer {
  readonly known: boolean;
  readonly text?: string;
  readonly error?: string;
}

describe('an agent in VS Code', () => {
  const caller = callingExtension();
  afterAll(() => {
    rmSync(caller, { recursive: true, force: true });
  });
  const window = windowForTests('newest', { secondExtension: caller });
  const call = async (input: object): Promise<void> => {
    rmSync(join(window().workspace, 'answer.json'), { force: true });
    writeFileSync(join(window().workspace, 'call.json'), JSON.stringify(input));
    await window().runCommand('Test: Call the Tool');
  };
  const answer = async (): Promise<Answer> => {
    const file = join(window().workspace, 'answer.json');
    await until('the answer', () => Promise.resolve(existsSync(file)));
    return JSON.parse(readFileSync(file, 'utf8')) as Answer;
  };

  it('makes a picture in the workspace when the user allows it', async () => {
    await call({ prompt: 'snow at dawn [x](command:y)', seed: 7, window: 4 });
    const question = await window().dialog();
    await window().screenshot('tool-confirmation');
    expect(`${question.message} ${question.detail}`).toContain('snow at dawn');
    expect(existsSync(join(window().workspace, 'zipar-images'))).toBe(false);
    await window().page.keyboard.press('Enter');
    const { known, text = '', error } = await answer();
    expect(error).toBeUndefined();
    expect(known).toBe(true);
    const { file, ...rest } = JSON.parse(text) as PictureToolResult;
    expect(rest).toEqual({
      ...{ model: EMBEDDED.name, decoder: 'zipar', seed: 7 },
      ...{ steps: fixedWindowSteps(4), rasterSteps: EMBEDDED.cells },
    });
    expect(file.startsWith(join(window().workspace, 'zipar-images'))).toBe(true);
    expect(readPngText(readFileSync(file)).get('parameters')).toContain('snow at dawn');
  });

  it('reads in a sentence what is wrong with its input', async () => {
    await call({ prompt: 'snow at dawn', sede: 7 });
    expect((await answer()).error).toContain('unknown field "sede"');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
