import { l10n, workspace, type SecretStorage } from 'vscode';
import { proxyEnvironment } from './proxy-environment';
import { askForText } from './window/quick-inputs';

const KEY = 'ziparStudio.huggingFaceToken';

/** The access token for Hugging Face, in VS Code's secret storage. `zipar add` gets the token as an environment variable. */
export class HubAccess {
  constructor(private readonly secrets: SecretStorage) {}

  /**
   * Environment variables from which the `zipar` command reads the token and the proxy. If this storage holds no token, the
   * extension host's `HF_TOKEN` or the file of `hf auth login` counts.
   */
  async environment(): Promise<Readonly<Record<string, string>>> {
    const http = workspace.getConfiguration('http');
    const proxy = proxyEnvironment({
      proxy: http.get<string>('proxy', ''),
      proxySupport: http.get<string>('proxySupport', 'override'),
      noProxy: http.get<string[]>('noProxy', []),
    });
    const token = await this.secrets.get(KEY);
    // The user gave this token to be sent.
    return token === undefined ? proxy : { ...proxy, HF_TOKEN: token, HF_HUB_DISABLE_IMPLICIT_TOKEN: '' };
  }

  /**
   * Asks for a token and stores it.
   * @param problem why a token is needed
   * @returns false when the user gives none
   */
  async ask(problem: string): Promise<boolean> {
    const token = await askForText({
      title: l10n.t('Access Token for Hugging Face'),
      prompt: problem,
      placeHolder: 'hf_…',
      password: true,
      ignoreFocusOut: true,
      problemWith: (value) =>
        /^\s*[\x21-\x7e]+\s*$/.test(value)
          ? undefined
          : l10n.t('A token has letters and digits, and no spaces.'),
    });
    if (token === undefined) return false;
    await this.secrets.store(KEY, token.trim());
    return true;
  }
}
