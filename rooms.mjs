// @ts-check
/**
 * The rooms of the program and what each may import. ESLint enforces this table in every file (`scripts/eslint-rooms.mjs`),
 * and a test holds the table in ARCHITECTURE.md against it.
 *
 * @typedef {object} Room
 * @property {readonly string[]} imports Rooms that it may import from, besides itself.
 * @property {readonly string[]} [types] Rooms of which it may import types only.
 * @property {readonly string[]} packages npm packages that it may import from.
 * @property {boolean} node Whether it may import Node.js's own modules.
 */

/** How a sentence is said that users read in their own language. */
const SENTENCE = 'sidecar/protocol/sentence';
const COMPUTES = ['sidecar/runtime', 'sidecar/chosen-runtime'];
const STANDS_ON_MODEL = [
  'sidecar/protocol',
  SENTENCE,
  'sidecar/decoding',
  'sidecar/files',
  ...COMPUTES,
  'sidecar/model',
];
const STANDS_ON_ENGINE = [...STANDS_ON_MODEL, 'sidecar/build-versions', 'sidecar/lifetime', 'sidecar/engine'];

/** By folder, or by file without its ending. The longest match is a file's room. @type {Readonly<Record<string, Room>>} */
export const rooms = {
  'sidecar/protocol': { imports: [SENTENCE], packages: [], node: false },
  [SENTENCE]: { imports: [], packages: [], node: false },
  'sidecar/decoding': { imports: ['sidecar/protocol', SENTENCE], packages: [], node: false },
  'sidecar/trace-file': {
    imports: ['sidecar/protocol', SENTENCE, 'sidecar/files/crc32'],
    packages: [],
    node: false,
  },
  'sidecar/comparison': {
    imports: ['sidecar/protocol', SENTENCE, 'sidecar/trace-file'],
    packages: [],
    node: false,
  },
  'sidecar/decoder-report': { imports: [], types: ['sidecar/protocol'], packages: [], node: false },
  'sidecar/debugger': {
    imports: ['sidecar/protocol', SENTENCE, 'sidecar/trace-file'],
    packages: [],
    node: false,
  },
  'sidecar/files': { imports: [SENTENCE], packages: [], node: true },
  'sidecar/files/crc32': { imports: [], packages: [], node: false },
  'sidecar/prompt': { imports: ['sidecar/files', SENTENCE], packages: [], node: true },
  'sidecar/hardware': { imports: ['sidecar/files'], packages: [], node: true },
  'sidecar/image': {
    imports: [SENTENCE, 'sidecar/files', 'sidecar/files/crc32', 'sidecar/trace-file'],
    types: ['sidecar/protocol'],
    packages: ['fast-png'],
    node: true,
  },
  'sidecar/runtime': { imports: [SENTENCE], types: ['sidecar/protocol'], packages: [], node: false },
  'sidecar/runtime/onnxruntime': {
    imports: ['sidecar/runtime', 'sidecar/telemetry-off', SENTENCE],
    packages: ['onnxruntime-node'],
    node: true,
  },
  'sidecar/chosen-runtime': {
    imports: ['sidecar/runtime/onnxruntime'],
    types: ['sidecar/runtime'],
    packages: [],
    node: false,
  },
  'sidecar/build-versions': { imports: ['sidecar/chosen-runtime'], packages: [], node: false },
  'sidecar/model': {
    imports: [
      'sidecar/decoding',
      'sidecar/files',
      'sidecar/files/crc32',
      'sidecar/prompt',
      SENTENCE,
      ...COMPUTES,
    ],
    types: ['sidecar/protocol'],
    packages: ['@bufbuild/protobuf', '@huggingface/tokenizers'],
    node: true,
  },
  'sidecar/hub': {
    imports: ['sidecar/files', 'sidecar/model'],
    packages: ['@huggingface/hub'],
    node: true,
  },
  'sidecar/engine': {
    imports: [
      ...STANDS_ON_MODEL,
      'sidecar/build-versions',
      'sidecar/lifetime',
      'sidecar/prompt',
      'sidecar/hardware',
      'sidecar/image',
      'sidecar/trace-file',
    ],
    packages: [],
    node: true,
  },
  'sidecar/server': {
    imports: ['sidecar/protocol', SENTENCE, 'sidecar/build-versions', 'sidecar/engine', 'sidecar/image'],
    packages: ['ws'],
    node: true,
  },
  'sidecar/evaluation': {
    imports: [...STANDS_ON_ENGINE, 'sidecar/decoder-report'],
    packages: ['ml-matrix'],
    node: true,
  },
  'sidecar/benchmark': { imports: STANDS_ON_ENGINE, packages: [], node: true },
  'sidecar/cli': {
    imports: [
      ...STANDS_ON_ENGINE,
      'sidecar',
      'sidecar/prompt',
      'sidecar/image',
      'sidecar/trace-file',
      'sidecar/hub',
      'sidecar/comparison',
      'sidecar/decoder-report',
      'sidecar/evaluation',
      'sidecar/benchmark',
    ],
    packages: ['commander', '@modelcontextprotocol/sdk'],
    node: true,
  },
  'sidecar/lifetime': { imports: [], packages: [], node: true },
  'sidecar/launch': { imports: [], packages: [], node: true },
  'sidecar/telemetry-off': { imports: [], packages: [], node: false },
  sidecar: { imports: ['sidecar/lifetime', 'sidecar/engine', 'sidecar/server'], packages: [], node: true },
  extension: {
    imports: [
      'sidecar/protocol',
      'sidecar/trace-file',
      'sidecar/comparison',
      'sidecar/debugger',
      'sidecar/decoder-report',
    ],
    packages: ['vscode', 'ws', '@vscode/debugadapter', '@vscode/debugprotocol'],
    node: true,
  },
  webview: {
    imports: ['sidecar/protocol', 'sidecar/trace-file', 'sidecar/comparison', 'sidecar/decoder-report'],
    packages: ['@vscode/webview-ui-toolkit', 'mediabunny'],
    node: false,
  },
};

/**
 * The room of a file.
 * @param {string} file Relative to the repository, with forward slashes; with or without its ending.
 * @returns {string | undefined} Undefined for tests, scripts and configuration, which may import what they test.
 */
export function roomOf(file) {
  const path = file.replace(/\.ts$/, '');
  return Object.keys(rooms)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}
