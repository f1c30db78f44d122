import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, it } from 'vitest';
import { foreignTextPlugin } from '../../../scripts/eslint-foreign-text.mjs';

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
const errors = [{ messageId: 'through' }];

tester.run('foreign-text/through-one-room', foreignTextPlugin.rules['through-one-room'], {
  valid: [
    `import { showWarning } from './window/notifications'; void showWarning(text);`,
    `import { window } from 'vscode'; window.createWebviewPanel('a', 'b', 1);`,
  ],
  invalid: [
    { code: `window.showErrorMessage(text);`, errors },
    { code: `vscode.window.withProgress(options, task);`, errors },
    { code: `window['showQuickPick'](items);`, errors },
    { code: 'window[`createInputBox`]();', errors },
    { code: `const show = window.showWarningMessage;`, errors },
    { code: `const { setStatusBarMessage: say } = window;`, errors },
    { code: `const tooltip = new vscode.MarkdownString(text);`, errors },
  ],
});
