import { isFlagSet } from './environment-flag';
import { HubConnection, type HubWait } from './hub-connection';
import { HubError } from './hub-error';
import { findLogin } from './hub-login';
import { openTransport } from './hub-transport';
import { readProxySettings } from './proxy-settings';

const HUGGING_FACE = 'https://huggingface.co';
const OFFLINE = ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'] as const;

/** Address of the hub: `HF_ENDPOINT`, else Hugging Face. */
export function hubAddressOf({ HF_ENDPOINT: address }: NodeJS.ProcessEnv): string {
  return address === undefined || address.trim() === '' ? HUGGING_FACE : address.trim();
}

/**
 * The hub as the environment variables of Hugging Face's own tools describe it, through the proxies that the environment
 * names.
 * @param onWait called before a wait that the hub asks for
 * @throws HubError when a variable is wrong, or forbids requests
 */
export async function hubFromEnvironment(
  env: NodeJS.ProcessEnv,
  onWait: (wait: HubWait) => void,
): Promise<HubConnection> {
  const offline = OFFLINE.find((name) => isFlagSet(env[name]));
  if (offline !== undefined)
    throw new HubError(
      'request',
      `${offline} is set, so no request is made to the hub: unset it to download, or name a folder of this computer.`,
    );
  const address = hubAddressOf(env);
  const proxies = readProxySettings(env, /^http:/i.test(address) ? 'http:' : 'https:');
  const transport = await openTransport(proxies);
  return new HubConnection(address, await findLogin(env), { transport, onWait });
}
