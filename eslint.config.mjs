// @ts-check
import tseslint from 'typescript-eslint';
import { foreignTextPlugin } from './scripts/eslint-foreign-text.mjs';
import { roomsPlugin } from './scripts/eslint-rooms.mjs';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test-artifacts/', '.training/', 'training/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // One hand: one statement imports a module, types inline; members are private by keyword.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-duplicate-imports': 'error',
      '@typescript-eslint/explicit-member-accessibility': [
        'error',
        { accessibility: 'no-public', overrides: { parameterProperties: 'off' } },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'PrivateIdentifier', message: 'Members are private by the keyword `private` here.' },
        {
          selector: 'ImportDeclaration[source.value=/^node:/] > ImportNamespaceSpecifier',
          message: "Node.js's modules are imported by name or by default here: import path from 'node:path'.",
        },
      ],
      // noPropertyAccessFromIndexSignature is off: dots read better for checked fields too.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'off',
    },
  },
  {
    files: ['sidecar/**/*.ts', 'extension/**/*.ts', 'webview/**/*.ts'],
    plugins: { rooms: roomsPlugin },
    rules: { 'rooms/imports': 'error' },
  },
  {
    files: ['sidecar/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'onnxruntime-node',
              allowTypeImports: true,
              message:
                'Only sidecar/runtime/onnxruntime/load-library.ts loads it: when it is needed, without telemetry.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['extension/**/*.ts'],
    ignores: ['extension/window/**'],
    plugins: { 'foreign-text': foreignTextPlugin },
    rules: { 'foreign-text/through-one-room': 'error' },
  },
);
