import { sentence, type Sentence } from '../../protocol/sentence';

/** A message of a system's loader, and its meaning. */
interface Saying {
  readonly pattern: RegExp;
  /** A clause without a full stop. @param named what the groups of the pattern found */
  readonly problem: (named: string) => Sentence;
  /** A sentence that says what to do; when absent, the sentence that says to install again. */
  readonly remedy?: Sentence;
}

const SAYINGS: readonly Saying[] = [
  {
    pattern: /Cannot find module 'onnxruntime-/,
    problem: () => sentence`its package onnxruntime-node is not installed`,
  },
  {
    pattern: /Cannot find module '.*onnxruntime_binding/,
    problem: () => sentence`it has no library for this platform`,
  },
  // The beginning of messages of musl's loader. glibc's loader has other words.
  {
    pattern: /^Error (?:loading shared library|relocating)/,
    problem: () => sentence`it needs the C library glibc, and this system has musl (Alpine Linux?)`,
    remedy: sentence`Use a system with glibc, such as Debian, Ubuntu or Fedora.`,
  },
  {
    pattern: /GLIBC_([\d.]+)' not found/,
    problem: (named) =>
      sentence`it needs the C library glibc ${named} or newer, and this system has an older one`,
    remedy: sentence`Use a newer release of the operating system.`,
  },
  {
    pattern: /((?:GLIBCXX|CXXABI)_[\d.]+)' not found/,
    problem: (named) => sentence`it needs a newer libstdc++ (with ${named})`,
    remedy: sentence`Install a newer libstdc++, or use a newer release of the operating system.`,
  },
  {
    pattern:
      /(libonnxruntime[\w.]*): cannot open shared object|Library not loaded: \S*\/(libonnxruntime[\w.]*)/,
    problem: (named) => sentence`its library ${named} is missing, so the installation is damaged`,
  },
  {
    pattern: /(\S+): cannot open shared object/,
    problem: (named) => sentence`the system library ${named} is missing`,
    remedy: sentence`Install that library with the system's package manager.`,
  },
  {
    pattern:
      /wrong ELF class|invalid ELF header|file too short|incompatible architecture|not a mach-o|not a valid Win32/i,
    problem: () => sentence`its library is damaged, or made for another platform`,
  },
  {
    pattern: /specified (?:module|procedure) could not be found/,
    problem: () => sentence`its library, or one that it needs, is missing`,
    remedy: sentence`Install the Microsoft Visual C++ Redistributable.`,
  },
];

/** Why ONNX Runtime could not be loaded and what to do, in two sentences. @param cause the error thrown while loading */
export function describeLoadFailure(cause: unknown, platform: string, arch: string): Sentence {
  const [said = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  const again = sentence`Install ZipAR Studio again, for ${platform}-${arch} (in a checkout: npm ci).`;
  for (const { pattern, problem, remedy = again } of SAYINGS) {
    const match = pattern.exec(said);
    if (!match) continue;
    return sentence`ONNX Runtime cannot be loaded: ${problem(match.slice(1).join(''))}. ${remedy}`;
  }
  return sentence`ONNX Runtime cannot be loaded: ${said}. ${again}`;
}
