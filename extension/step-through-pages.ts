import { env, l10n, Uri, type Webview, type WebviewOptions } from 'vscode';
import { messagePage, newNonce, scriptedPage } from './webview-html';

/** Makes the documents of webviews: the step-through, comparisons, reports, and messages. */
export class StepThroughPages {
  constructor(private readonly extensionUri: Uri) {}

  /** @param folders besides the program's own, from which the page may load pictures */
  options(...folders: readonly Uri[]): WebviewOptions {
    return {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(this.extensionUri, 'dist'), ...folders],
    };
  }

  /** The step-through's page. @param socket that the page may open; undefined while no sidecar listens */
  page(webview: Webview, nonce: string, socket: string | undefined): string {
    return scriptedPage({
      ...this.parts(webview, nonce),
      socket,
      script: this.script(webview, 'webview.js'),
    });
  }

  /** The page that compares two runs. It opens no socket. */
  comparison(webview: Webview, nonce: string): string {
    const title = l10n.t('ZipAR Comparison');
    const script = this.script(webview, 'comparison.js');
    return scriptedPage({ ...this.parts(webview, nonce), title, socket: undefined, script });
  }

  /** The page with the report of a comparison of decoders. It opens no socket. */
  report(webview: Webview, nonce: string): string {
    const title = l10n.t('ZipAR Report');
    const script = this.script(webview, 'report.js');
    return scriptedPage({ ...this.parts(webview, nonce), title, socket: undefined, script });
  }

  /** A page with a message only. */
  message(webview: Webview, text: string): string {
    return messagePage(this.parts(webview, newNonce()), text);
  }

  private script(webview: Webview, name: string): string {
    return webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', name)).toString();
  }

  private parts(webview: Webview, nonce: string) {
    return {
      cspSource: webview.cspSource,
      nonce,
      style: webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', 'webview.css')).toString(),
      language: env.language,
      title: l10n.t('ZipAR Step-Through'),
      translations: l10n.bundle,
    };
  }
}
