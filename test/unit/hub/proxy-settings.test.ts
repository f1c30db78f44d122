import { describe, expect, it } from 'vitest';
import { HubError } from '../../../sidecar/hub/hub-error';
import { readProxySettings } from '../../../sidecar/hub/proxy-settings';

function read(env: NodeJS.ProcessEnv, protocol: 'http:' | 'https:' = 'http:'): object {
  const { http, https, noProxy } = readProxySettings(env, protocol);
  return { http: http?.address.href, https: https?.address.href, noProxy };
}

describe('the proxies that the environment names', () => {
  it('are none if nothing is set', () => {
    expect(read({ HTTPS_PROXY: '', http_proxy: ' ' })).toEqual({
      http: undefined,
      https: undefined,
      noProxy: '',
    });
  });

  it.each([
    [{ HTTPS_PROXY: 'http://a:1' }, undefined, 'http://a:1/'],
    [{ https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, undefined, 'http://a:1/'],
    [{ HTTP_PROXY: 'http://a:1' }, 'http://a:1/', 'http://a:1/'],
    [{ ALL_PROXY: 'http://a:1' }, 'http://a:1/', 'http://a:1/'],
    [{ all_proxy: 'http://a:1', HTTP_PROXY: 'http://b:1' }, 'http://b:1/', 'http://a:1/'],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, undefined, 'http://proxy.example:3128/'],
    [{ HTTPS_PROXY: '10.0.0.1:3128' }, undefined, 'http://10.0.0.1:3128/'],
    [{ HTTPS_PROXY: 'https://user:pass%40word@a' }, undefined, 'https://user:pass%40word@a/'],
  ])('%j', (env, http, https) => {
    expect(read(env)).toMatchObject({ http, https });
  });

  it('of http are not read where the hub is asked by https', () => {
    expect(
      read({ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'nonsense:x', ALL_PROXY: 'socks5://b' }, 'https:'),
    ).toEqual({
      http: undefined,
      https: 'http://a:1/',
      noProxy: '',
    });
  });

  it.each([
    [{ NO_PROXY: '*' }, '*'],
    [{ NO_PROXY: 'a.example, *' }, '*'],
    [{ no_proxy: '.corp', NO_PROXY: '*' }, '.corp'],
  ])('leave out the hosts of %j', (env, noProxy) => {
    expect(read(env)).toMatchObject({ noProxy });
  });

  it.each([
    'http:///',
    '://x',
    'http://user:pa ss@host',
    'http://host:99999',
    'http://user:50%@host',
    'secret@',
  ])('are refused when one is no address: %j', (value) => {
    const refused = (): unknown => read({ HTTPS_PROXY: value });
    expect(refused).toThrow(HubError);
    expect(refused).toThrow(/^HTTPS_PROXY is no address of a proxy: set it to http:\/\/host:port/);
    expect(refused).not.toThrow(value);
  });

  it('are refused if their kind is unknown, without showing the password', () => {
    const refused = (): unknown => read({ ALL_PROXY: 'socks5://user:secret@host:1080' });
    expect(refused).toThrow(/^ALL_PROXY names a socks5 proxy/);
    expect(refused).not.toThrow(/secret/);
  });
});
