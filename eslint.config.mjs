// @ts-check
import tseslint from 'typescript-eslint';

/** Nothing imports upwards: each room may import only from the rooms it stands on. */
const rooms = (files, forbidden, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test-artifacts/', '.training/', 'training/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // noPropertyAccessFromIndexSignature is off: dots read better for checked fields too.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'off',
    },
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
              message: 'Only sidecar/model/onnx-runtime.ts loads it: when it is needed, without telemetry.',
            },
          ],
        },
      ],
    },
  },
  rooms(
    ['sidecar/protocol/**/*.ts'],
    ['../*', '*:*', 'ws', 'onnxruntime*'],
    'sidecar/protocol imports nothing.',
  ),
  rooms(
    ['sidecar/decoding/**/*.ts'],
    ['../**', 'node:*', 'ws', 'onnxruntime*'],
    'sidecar/decoding is pure: no ONNX Runtime, no sockets, no clock.',
  ),
  rooms(
    ['extension/**/*.ts', 'webview/**/*.ts'],
    ['**/sidecar/*', '!**/sidecar/protocol', 'onnxruntime*'],
    'Extension and webview know the protocol, never the inside of the sidecar.',
  ),
);
