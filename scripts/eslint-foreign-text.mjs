// @ts-check
/** Functions that show text in VS Code's window and interpret links or icons in the text. */
const SHOWING = new Set([
  'showInformationMessage',
  'showWarningMessage',
  'showErrorMessage',
  'setStatusBarMessage',
  'withProgress',
  'withScmProgress',
  'showQuickPick',
  'createQuickPick',
  'showInputBox',
  'createInputBox',
  'showOpenDialog',
  'showSaveDialog',
  'showWorkspaceFolderPick',
  'createStatusBarItem',
  'createTreeView',
  'MarkdownString',
]);

/**
 * ESLint's rule `foreign-text/through-one-room`: only `extension/window/` shows text, because that folder makes foreign text
 * plain. The rule looks at names rather than objects, so it also finds `const { showErrorMessage } = window`.
 */
export const foreignTextPlugin = {
  rules: {
    'through-one-room': {
      meta: {
        type: /** @type {const} */ ('problem'),
        schema: [],
        messages: {
          through:
            'VS Code reads links and icons in what {{name}} shows: use extension/window/, which shows foreign text as text.',
        },
      },
      /** @param {import('eslint').Rule.RuleContext} context */
      create(context) {
        const check = (/** @type {any} */ node, /** @type {unknown} */ name) => {
          if (typeof name === 'string' && SHOWING.has(name))
            context.report({ node, messageId: 'through', data: { name } });
        };
        return {
          Identifier: (/** @type {any} */ node) => check(node, node.name),
          Literal: (/** @type {any} */ node) => check(node, node.value),
          TemplateElement: (/** @type {any} */ node) => check(node, node.value.cooked),
        };
      },
    },
  },
};
