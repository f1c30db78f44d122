// @ts-check
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { roomOf, rooms } from '../rooms.mjs';

/** ESLint's rule `rooms/imports`: a file imports only what the table in rooms.mjs allows its room to import. */
export const roomsPlugin = {
  rules: {
    imports: {
      meta: {
        type: /** @type {const} */ ('problem'),
        schema: [],
        messages: {
          room: 'The room {{from}} may not import {{what}} from {{to}}: see rooms.mjs.',
          package: 'The room {{from}} may not import the package {{to}}: see rooms.mjs.',
          node: 'The room {{from}} is free of Node.js: it may not import {{to}}.',
        },
      },
      /** @param {import('eslint').Rule.RuleContext} context */
      create(context) {
        const file = fromRoot(context, context.filename);
        const from = roomOf(file);
        const room = from === undefined ? undefined : rooms[from];
        if (from === undefined || room === undefined) return {};

        /** @param {any} node an import, or an export from another module */
        const check = (node) => {
          const source = node.source?.value;
          if (typeof source !== 'string') return;
          const report = (/** @type {'room' | 'package' | 'node'} */ messageId, /** @type {string} */ to) =>
            context.report({
              node,
              messageId,
              data: { from, to, what: isTypeOnly(node) ? 'types' : 'values' },
            });
          if (source.startsWith('.')) {
            const to = roomOf(fromRoot(context, join(dirname(context.filename), source)));
            if (to === undefined || to === from || room.imports.includes(to)) return;
            if (isTypeOnly(node) && room.types?.includes(to)) return;
            report('room', to);
          } else if (isBuiltin(source)) {
            if (!room.node) report('node', source);
          } else if (!room.packages.some((name) => source === name || source.startsWith(`${name}/`))) {
            report('package', source);
          }
        };
        return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
      },
    },
  },
};

/** @param {import('eslint').Rule.RuleContext} context @param {string} file */
function fromRoot(context, file) {
  return relative(context.cwd, file).split(sep).join('/');
}

/** @param {any} node */
function isTypeOnly(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = node.specifiers ?? [];
  return (
    specifiers.length > 0 &&
    specifiers.every(
      (/** @type {any} */ { importKind, exportKind }) => importKind === 'type' || exportKind === 'type',
    )
  );
}
