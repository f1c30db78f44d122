// @ts-check
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

/** Number of last output lines of a failed command that its error repeats. */
const LINES_IN_ERROR = 40;

/**
 * Runs a command to its end, without output. If the command fails, the error contains the output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options] `timeoutMs`: 15 minutes if left out.
 * @returns {Promise<string>} The output to stdout and stderr, in the order of arrival.
 * @throws {Error} With the command line and its last output lines, if the command fails, is missing or is too slow.
 */
export function runCommand(command, args, { cwd, env = process.env, timeoutMs = 900_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const fail = (/** @type {string} */ why) => {
      clearTimeout(timer);
      const tail = output.trimEnd().split('\n').slice(-LINES_IN_ERROR).join('\n');
      reject(new Error(`${[command, ...args].join(' ')}: ${why}${tail ? `\n${tail}` : ''}`));
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else if (signal === 'SIGKILL') fail(`stopped after ${timeoutMs / 1000} s`);
      else fail(code === null ? `ended by ${signal}` : `failed with exit code ${code}`);
    });
  });
}

/**
 * Runs the npm that runs this script; without one, the npm on PATH.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 */
export function runNpm(args, cwd, env) {
  const npmScript = process.env.npm_execpath;
  return npmScript?.endsWith('.js')
    ? runCommand(process.execPath, [npmScript, ...args], { cwd, env })
    : runCommand('npm', args, { cwd, env });
}

/**
 * True if this module is the script that was started; false if it is imported.
 *
 * @param {string} moduleUrl `import.meta.url`
 */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && moduleUrl === pathToFileURL(process.argv[1]).href;
}

/**
 * Runs a script's work. A failure prints its message and sets the exit code to 1.
 *
 * @param {() => Promise<void>} work
 */
export async function runScript(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
