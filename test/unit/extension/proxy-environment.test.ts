import { describe, expect, it } from 'vitest';
import { proxyEnvironment } from '../../../extension/proxy-environment';

const SETTINGS = { proxy: '', proxySupport: 'override', noProxy: [] };

describe('the proxy of VS Code’s settings', () => {
  it('is nothing where none is named, or extensions shall use none', () => {
    expect(proxyEnvironment(SETTINGS)).toEqual({});
    expect(proxyEnvironment({ ...SETTINGS, proxy: 'http://a:1', proxySupport: 'off' })).toEqual({});
  });

  it('comes before every variable of the environment', () => {
    expect(proxyEnvironment({ ...SETTINGS, proxy: 'http://a:1', noProxy: ['b', '.c'] })).toEqual({
      HTTPS_PROXY: 'http://a:1',
      https_proxy: 'http://a:1',
      HTTP_PROXY: 'http://a:1',
      http_proxy: 'http://a:1',
      NO_PROXY: 'b,.c',
      no_proxy: 'b,.c',
    });
  });
});
