import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLogin } from '../../../sidecar/hub/hub-login';
import { temporaryFolder } from '../extension/temporary-folder';

const folder = temporaryFolder();

/** Writes a file into the test's folder and returns its path. */
function put(name: string, text: string | Buffer): string {
  const file = join(folder(), name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function login(env: NodeJS.ProcessEnv): ReturnType<typeof findLogin> {
  return findLogin({ HOME: folder(), ...env });
}

describe('the access token', () => {
  it('is looked for where huggingface_hub looks, in its order', async () => {
    const byPath = put('elsewhere/secret', 'hf_path\n');
    const byHome = put('hf/token', 'hf_home');
    const byCache = put('xdg/huggingface/token', 'hf_xdg');
    const byDefault = put('.cache/huggingface/token', 'hf_default');
    const env: NodeJS.ProcessEnv = {
      HF_TOKEN: ' hf_first\n',
      HUGGING_FACE_HUB_TOKEN: 'hf_second',
      HF_TOKEN_PATH: byPath,
      HF_HOME: join(folder(), 'hf'),
      XDG_CACHE_HOME: join(folder(), 'xdg'),
    };
    const found: unknown[] = [await login(env)];
    for (const name of Object.keys(env)) {
      Reflect.deleteProperty(env, name);
      found.push(await login(env));
    }
    expect(found).toEqual([
      { token: 'hf_first', source: 'HF_TOKEN' },
      { token: 'hf_second', source: 'HUGGING_FACE_HUB_TOKEN' },
      { token: 'hf_path', source: byPath },
      { token: 'hf_home', source: byHome },
      { token: 'hf_xdg', source: byCache },
      { token: 'hf_default', source: byDefault },
    ]);
  });

  it('is looked for in the home folder that ~ stands for', async () => {
    const file = put('keys/hf', 'hf_tilde');
    expect(await login({ HF_TOKEN_PATH: '~/keys/hf' })).toEqual({ token: 'hf_tilde', source: file });
  });

  it.each(['1', 'true', 'YES', 'on'])(
    'is kept back where HF_HUB_DISABLE_IMPLICIT_TOKEN is %s',
    async (flag) => {
      put('.cache/huggingface/token', 'hf_default');
      const { token, problem } = await login({ HF_TOKEN: 'hf_first', HF_HUB_DISABLE_IMPLICIT_TOKEN: flag });
      expect(token).toBeUndefined();
      expect(problem).toContain('HF_HUB_DISABLE_IMPLICIT_TOKEN');
    },
  );

  it('is missing if there is no file, and for a user without a home folder', async () => {
    expect((await login({})).token).toBeUndefined();
    expect((await login({ HF_TOKEN: '' })).problem).toBeUndefined();
    const homeless = (): string => {
      throw new Error('uv_os_homedir returned ENOENT');
    };
    expect(await findLogin({}, homeless)).toEqual({ token: undefined, source: 'HF_TOKEN' });
  });

  it.each([
    ['two words', 'holds no token'],
    ['x'.repeat(20_000), 'larger than'],
    [Buffer.from([0xff, 0x80]), 'no text'],
  ])(
    'in a file that holds something else is no error, and its problem is told without it',
    async (content, said) => {
      const file = put('hf/token', content);
      const { token, problem } = await login({ HF_HOME: join(folder(), 'hf') });
      expect(token).toBeUndefined();
      expect(problem).toContain(file);
      expect(problem).toContain(said);
      expect(problem).not.toContain('two words');
    },
  );

  it('is reported as a problem if its place is a folder', async () => {
    mkdirSync(join(folder(), 'hf/token'), { recursive: true });
    expect((await login({ HF_HOME: join(folder(), 'hf') })).problem).toContain('folder');
  });
});
