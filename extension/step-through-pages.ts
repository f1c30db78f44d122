import { randomBytes } from 'node:crypto';
import { env, l10n, Uri, type Webview, type WebviewOptions } from 'vscode';
import { messagePage, stepThroughPage } from './webview-html';

/** Makes the documents of webviews that show the step-through. */
export class StepThroughPages {
  constructor(private readonly extensionUri: Uri) {}

  options(): WebviewOptions {
    return { enableScripts: true, localResourceRoots: [Uri.joinPath(this.extensionUri, 'dist')] };
  }

  /** The step-through's page. @param socket that the page may open; undefined while no sidecar listens */
  page(webview: Webview, socket: string | undefined): string {
    const script = webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', 'webview.js')).toString();
    return stepThroughPage({ ...this.parts(webview), socket, script });
  }

  /** A page with a message only. */
  message(webview: Webview, text: string): string {
    return messagePage(this.parts(webview), text);
  }

  private parts(webview: Webview) {
    return {
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      style: webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', 'webview.css')).toString(),
      language: env.language,
      title: l10n.t('ZipAR Step-Through'),
      translations: l10n.bundle,
    };
  }
}
