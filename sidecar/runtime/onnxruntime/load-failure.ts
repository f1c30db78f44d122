/** A message of a system's loader, and its meaning. The groups of the pattern replace `$1`. */
interface Saying {
  readonly pattern: RegExp;
  /** A clause without a full stop. */
  readonly problem: string;
  /** A sentence that says what to do; when absent, the sentence that says to install again. */
  readonly remedy?: string;
}

const SAYINGS: readonly Saying[] = [
  { pattern: /Cannot find module 'onnxruntime-/, problem: 'its package onnxruntime-node is not installed' },
  { pattern: /Cannot find module '.*onnxruntime_binding/, problem: 'it has no library for this platform' },
  // The beginning of messages of musl's loader. glibc's loader has other words.
  {
    pattern: /^Error (?:loading shared library|relocating)/,
    problem: 'it needs the C library glibc, and this system has musl (Alpine Linux?)',
    remedy: 'Use a system with glibc, such as Debian, Ubuntu or Fedora.',
  },
  {
    pattern: /GLIBC_([\d.]+)' not found/,
    problem: 'it needs the C library glibc $1 or newer, and this system has an older one',
    remedy: 'Use a newer release of the operating system.',
  },
  {
    pattern: /((?:GLIBCXX|CXXABI)_[\d.]+)' not found/,
    problem: 'it needs a newer libstdc++ (with $1)',
    remedy: 'Install a newer libstdc++, or use a newer release of the operating system.',
  },
  {
    pattern:
      /(libonnxruntime[\w.]*): cannot open shared object|Library not loaded: \S*\/(libonnxruntime[\w.]*)/,
    problem: 'its library $1 is missing, so the installation is damaged',
  },
  {
    pattern: /(\S+): cannot open shared object/,
    problem: 'the system library $1 is missing',
    remedy: "Install that library with the system's package manager.",
  },
  {
    pattern:
      /wrong ELF class|invalid ELF header|file too short|incompatible architecture|not a mach-o|not a valid Win32/i,
    problem: 'its library is damaged, or made for another platform',
  },
  {
    pattern: /specified (?:module|procedure) could not be found/,
    problem: 'its library, or one that it needs, is missing',
    remedy: 'Install the Microsoft Visual C++ Redistributable.',
  },
];

/** Why ONNX Runtime could not be loaded and what to do, in two sentences. @param cause the error thrown while loading */
export function describeLoadFailure(cause: unknown, platform: string, arch: string): string {
  const [said = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  const again = `Install ZipAR Studio again, for ${platform}-${arch} (in a checkout: npm ci).`;
  for (const { pattern, problem, remedy = again } of SAYINGS) {
    const match = pattern.exec(said);
    if (!match) continue;
    const named = match.slice(1).join('');
    return `ONNX Runtime cannot be loaded: ${problem.replace('$1', named)}. ${remedy}`;
  }
  return `ONNX Runtime cannot be loaded: ${said}. ${again}`;
}
