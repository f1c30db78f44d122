/** Where the `zipar` command reads from and writes to: existing files, readers that stop reading, names, standard input. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runZipar, type Outcome, type RunOptions } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

const ZIPAR = path.join(__dirname, '../../dist/zipar.js');
/** User id that the system does not know. */
const STRANGER = 12_345;
const isRoot = process.getuid?.() === 0;
const isWindows = process.platform === 'win32';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return runZipar(folder, args, options);
}

const SNOW = ['generate', 'snow', '--seed', '7', '--window', '1'];

/** Expects a refusal in one sentence, before anything was computed. */
function expectRefusal({ code, stdout, stderr }: Outcome, named: string): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(named);
  expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/);
}

describe('pictures whose names the user did not choose', () => {
  it('are all kept, each under its own name, when six runs with one seed end at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => zipar([...SNOW, '--json'])));
    const named = outcomes.map(({ stdout }) =>
      path.basename((JSON.parse(stdout) as { image: string }).image),
    );
    const kept = readdirSync(path.join(folder, 'zipar-images'));
    expect(kept).toHaveLength(6);
    expect(named.sort()).toEqual(kept.sort());
  });

  it.each(['file', 'link that leads nowhere'])(
    'are refused when a %s has the name of their folder',
    async (what) => {
      const place = path.join(folder, 'zipar-images');
      if (what === 'file') writeFileSync(place, 'mine');
      else symlinkSync('nowhere', place);
      expectRefusal(await zipar(SNOW), '--out');
      expect(readdirSync(folder)).toEqual(['zipar-images']);
    },
  );

  it('follow a link that has the name of their folder', async () => {
    mkdirSync(path.join(folder, 'elsewhere'));
    symlinkSync('elsewhere', path.join(folder, 'zipar-images'));
    expect(await zipar(SNOW)).toMatchObject({ code: 0 });
    expect(readdirSync(path.join(folder, 'elsewhere'))).toEqual(['7-snow.png']);
  });

  it('need no folder when only tokens are made', async () => {
    writeFileSync(path.join(folder, 'zipar-images'), 'mine');
    expect(await zipar([...SNOW, '--tokens-only'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a file that --out names', () => {
  it.each([['x'.repeat(211)], ['x'.repeat(251)], ['雪'.repeat(83)]])(
    'may be as long as a name can be: %s',
    async (stem) => {
      expect(await zipar([...SNOW, '--out', `${stem}.png`])).toMatchObject({ code: 0, stderr: '' });
      expect(readdirSync(folder)).toEqual([`${stem}.png`]);
    },
  );

  it('is replaced, because the user named it', async () => {
    writeFileSync(path.join(folder, 'a.png'), 'old');
    expect(await zipar([...SNOW, '--out', 'a.png'])).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, 'a.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    ['generate', SNOW],
    ['decode', ['decode', '--tokens', 'tokens.json']],
    ['bench', ['bench', '--rounds', '1']],
    ['score', ['score', 'snow', '--tokens', 'tokens.json']],
  ])('is refused before %s begins when it cannot be written', async (command, args) => {
    const extension = { bench: '.json', score: '.safetensors' }[command] ?? '.png';
    const option = command === 'score' ? '--logits' : '--out';
    writeFileSync(path.join(folder, 'plain'), '');
    mkdirSync(path.join(folder, `folder${extension}`));
    const names = ['x'.repeat(255), 'missing/a', 'plain/a', 'folder'];
    for (const name of names) expectRefusal(await zipar([...args, option, name + extension]), option);
    expect(readdirSync(folder).sort()).toEqual([`folder${extension}`, 'plain']);
  });

  it.skipIf(isWindows)('is refused when it is a named pipe', async () => {
    spawnSync('mkfifo', [path.join(folder, 'pipe.png')]);
    expectRefusal(await zipar([...SNOW, '--out', 'pipe.png']), 'no regular file');
    expect(lstatSync(path.join(folder, 'pipe.png')).isFIFO()).toBe(true);
  });

  it.skipIf(!isRoot)('is refused when the folder is not writable', async () => {
    chmodSync(folder, 0o555);
    const user = STRANGER;
    expectRefusal(await zipar([...SNOW, '--out', 'a.png'], { user }), 'permission denied');
    expectRefusal(await zipar(SNOW, { user }), 'permission denied');
    expectRefusal(
      await zipar(['eval', '--images', '1', '--decoders', 'zipar:4'], { user }),
      'permission denied',
    );
  });
});

it('refuses to evaluate when a file has the name of the folder', async () => {
  writeFileSync(path.join(folder, 'zipar-eval'), 'mine');
  const args = ['eval', '--images', '1', '--decoders', 'zipar:4'];
  expectRefusal(await zipar(args), '--out');
  expectRefusal(await zipar([...args, '--out', 'zipar-eval']), '--out');
});

describe.skipIf(isWindows)('the output', () => {
  /** Runs a command line in a shell, in which $Z is the command. */
  const shell = (line: string) =>
    spawnSync('bash', ['-c', line], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, Z: `${process.execPath} ${ZIPAR}` },
    });

  it.each([
    'steps --grid 90x90 --window 31',
    '--help',
    'generate --help',
    '--version',
    'doctor',
    `generate snow --seed 1`,
  ])('of zipar %s may lose its reader, quietly', (args) => {
    // The reader ends before anything is written.
    expect(shell(`$Z ${args} > >(exec true); echo "code $?" >&2`).stderr).toBe('code 0\n');
  });

  it('may lose the reader of its errors while the work continues', () => {
    const { stdout } = shell(`$Z generate snow --seed 1 --out a.png 2> >(exec true); echo "code $?"`);
    expect(stdout).toMatch(/a\.png\ncode 0\n$/);
    expect(shell(`$Z steps 2> >(exec true); echo "code $?"`).stdout).toBe('code 2\n');
  });

  it
    .skipIf(!existsSync('/dev/full'))
    .each(['steps --grid 8x8 --window 3', '--help', 'generate snow --tokens-only'])(
    'of zipar %s is missed when the disk is full: one sentence, exit code 1',
    (args) => {
      const { status, stderr } = shell(`$Z ${args} > /dev/full`);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'zipar: The output could not be written: no space left on device.\n',
      });
    },
  );

  it('may be closed from the start', () => {
    const { stdout } = shell(`$Z generate snow --seed 1 --out a.png >&- 2>&- <&-; echo "code $?"`);
    expect(stdout).toBe('code 0\n');
    expect(readdirSync(folder)).toEqual(['a.png']);
  });

  it('asks for a current folder that exists', () => {
    const { stderr, status } = shell(
      `mkdir gone; cd gone; rmdir ../gone; $Z generate snow --out ${folder}/a.png`,
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/m);
  });
});

it('keeps a picture whose folder was removed while it was made, and says where', async () => {
  const place = path.join(folder, 'place');
  const temporary = path.join(folder, 'temporary');
  mkdirSync(place);
  mkdirSync(temporary);
  const { code, stdout, stderr } = await zipar(
    // Packing shows that the run has begun. It can only begin after the place was accepted.
    ['generate', 'snow', '--seed', '1', '--precision', 'int8', '--out', 'place/a.png'],
    {
      environment: { TMPDIR: temporary, TEMP: temporary, ZIPAR_CACHE: path.join(folder, 'cache') },
      onStarted: () => {
        const cache = setInterval(() => {
          if (!existsSync(path.join(folder, 'cache'))) return;
          clearInterval(cache);
          rmdirSync(place);
        }, 5);
      },
    },
  );
  const kept = stdout.trimEnd().split('\n').at(-1) ?? '';
  expect(code).toBe(1);
  expect(stderr).toContain(`It is kept as ${kept}.`);
  expect(kept.startsWith(temporary)).toBe(true);
  expect(readFileSync(kept).subarray(1, 4).toString()).toBe('PNG');
});

describe('tokens on standard input', () => {
  const { height, width } = EMBEDDED.grid;
  const tokens = JSON.stringify({ grid: [height, width], tokens: new Array(EMBEDDED.cells).fill(3) });
  const decode = (input: Uint8Array) => zipar(['decode', '--tokens', '-', '--out', 'a.png'], { input });

  it.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(tokens)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${tokens}`)],
    ['UTF-16 as Windows PowerShell 5.1 writes it', Buffer.from(`\ufeff${tokens}\r\n`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${tokens}`, 'utf16le').swap16()],
  ])('are read in %s', async (_, input) => {
    expect(await decode(input)).toEqual({ code: 0, stdout: 'a.png\n', stderr: '' });
  });

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'not valid JSON'],
    ['half of it', tokens.slice(0, 100), 'not valid JSON'],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff), 'no text'],
    ['a web page', '<!doctype html>', 'web page'],
    ['too few', '[1, 2, 3]', 'holds 3 tokens'],
    ['more than any picture has', Buffer.alloc(65 << 20, ' '), 'more than'],
  ])('are refused when they are %s', async (_, input, named) => {
    expectRefusal(await decode(Buffer.from(input)), named);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are scored as those of a file', async () => {
    const args = ['score', 'snow', '--json', '--tokens'];
    writeFileSync(path.join(folder, 'tokens.json'), tokens);
    const [piped, read] = [
      await zipar([...args, '-'], { input: Buffer.from(tokens) }),
      await zipar([...args, 'tokens.json']),
    ];
    const nll = ({ stdout }: Outcome) => (JSON.parse(stdout) as { nll: number[] }).nll;
    expect(nll(piped)).toEqual(nll(read));
  });
});

it.skipIf(!isRoot)(
  'packs weights for a user without a home folder, where nobody else may write',
  async () => {
    chmodSync(folder, 0o777);
    const { code, stderr } = await zipar([...SNOW, '--tokens-only', '--precision', 'int8'], {
      user: STRANGER,
      environment: { HOME: undefined, XDG_CACHE_HOME: undefined, ZIPAR_CACHE: undefined, TMPDIR: folder },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual([`zipar-studio-${STRANGER}`]);
    expect(lstatSync(path.join(folder, `zipar-studio-${STRANGER}`)).mode & 0o777).toBe(0o700);
  },
);

it('says what it needs on a Node.js that is too old', () => {
  for (const program of ['zipar', 'sidecar']) {
    const script = path.join(path.dirname(ZIPAR), `${program}.js`);
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '18.20.8' } }); require(${JSON.stringify(script)})`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', pretend], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^${program} needs Node\\.js 20 or newer; this is 18\\.20\\.8 \\(.*\\)\\.\n$`),
    );
  }
});
