import { expect, it } from 'vitest';
import { inEnglish } from '../../../sidecar/protocol/sentence';
import { describeLoadFailure } from '../../../sidecar/runtime/onnxruntime/load-failure';

const BINDING = '/x/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node';

it.each([
  [
    "Cannot find module 'onnxruntime-node'\nRequire stack:\n- /x/dist/zipar-main.js",
    'is not installed',
    'npm ci',
  ],
  ["Cannot find module 'onnxruntime-common'", 'is not installed', 'npm ci'],
  [
    "Cannot find module '../bin/napi-v6/linux/riscv64/onnxruntime_binding.node'\nRequire stack:",
    'no library for this platform',
    'for linux-x64',
  ],
  [
    `libonnxruntime.so.1: cannot open shared object file: No such file or directory`,
    'libonnxruntime.so.1 is missing',
    'Install ZipAR Studio again',
  ],
  [
    `dlopen(/x/onnxruntime_binding.node, 0x0001): Library not loaded: @rpath/libonnxruntime.1.30.0.dylib\n  Referenced from`,
    'libonnxruntime.1.30.0.dylib is missing',
    'Install ZipAR Studio again',
  ],
  [
    `Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by ${BINDING})`,
    'musl (Alpine Linux?)',
    'Use a system with glibc',
  ],
  [`Error relocating ${BINDING}: __memcpy_chk: symbol not found`, 'musl', 'Use a system with glibc'],
  [
    `/lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_2.34' not found (required by ${BINDING})`,
    'glibc 2.34 or newer',
    'newer release of the operating system',
  ],
  [
    `/lib/x86_64-linux-gnu/libstdc++.so.6: version \`GLIBCXX_3.4.30' not found (required by ${BINDING})`,
    'GLIBCXX_3.4.30',
    'libstdc++',
  ],
  [
    'libstdc++.so.6: cannot open shared object file: No such file or directory',
    'system library libstdc++.so.6 is missing',
    'package manager',
  ],
  [`${BINDING}: wrong ELF class: ELFCLASS32`, 'another platform', 'for linux-x64'],
  [`${BINDING}: invalid ELF header`, 'damaged', 'for linux-x64'],
  [`${BINDING}: file too short`, 'damaged', 'for linux-x64'],
  [
    `dlopen(x): tried: 'x' (mach-o file, but is an incompatible architecture (have 'arm64', need 'x86_64'))`,
    'another platform',
    'for linux-x64',
  ],
  ['\\\\?\\C:\\x\\onnxruntime_binding.node is not a valid Win32 application.', 'another platform', 'again'],
  [
    'The specified module could not be found.\r\n\\\\?\\C:\\x.node',
    'is missing',
    'Visual C++ Redistributable',
  ],
  ['cannot allocate memory in static TLS block', 'cannot allocate memory in static TLS block', 'again'],
])('what the loader says, %j, becomes what is wrong and what to do', (said, problem, remedy) => {
  const sentence = inEnglish(describeLoadFailure(new Error(said), 'linux', 'x64'));
  expect(sentence).toMatch(/^ONNX Runtime cannot be loaded: [^\n]+\.$/);
  expect(sentence).toContain(problem);
  expect(sentence).toContain(remedy);
});
