import { Disposable, l10n, type Uri } from 'vscode';
import type { HostToWebview, RenderForm, WebviewToHost } from '../sidecar/protocol';
import { UserError } from './report-error';

/** How long a page may take to open, and to draw all steps of a run. */
const OPEN_WITHIN_MS = 30_000;
const DRAW_WITHIN_MS = 300_000;

type Post = (message: HostToWebview) => void;

/** A file that a page made. */
export interface RenderedFile {
  readonly bytes: Uint8Array;
  /** What the user should know of it. */
  readonly note: string | null;
}

/** A file that a page is asked for. */
interface Rendering {
  readonly resolve: (file: RenderedFile) => void;
  readonly reject: (error: UserError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets pages make files: only they can draw on canvases. If no page shows the run of the file, one is opened. */
export class PageRenderer {
  private readonly pages = new Map<string, Post[]>();
  private readonly waiting = new Map<string, ((post: Post) => void)[]>();
  private readonly renderings = new Map<number, Rendering>();
  private lastId = 0;

  /** @param open opens the step-through of a file, or shows the one that is open. It gets the focus */
  constructor(private readonly open: (file: Uri) => Promise<void>) {}

  /** Registers a page that shows the run of a file and is ready. Dispose the returned object to remove the page. */
  attach(file: Uri, post: Post): Disposable {
    const key = file.toString();
    this.pages.set(key, [post, ...(this.pages.get(key) ?? [])]);
    for (const found of this.waiting.get(key) ?? []) found(post);
    this.waiting.delete(key);
    return new Disposable(() => {
      const others = (this.pages.get(key) ?? []).filter((each) => each !== post);
      this.pages.set(key, others);
    });
  }

  /** Takes a page's answer. */
  receive(message: Extract<WebviewToHost, { type: 'rendered' | 'not-rendered' }>): void {
    const rendering = this.renderings.get(message.id);
    this.renderings.delete(message.id);
    clearTimeout(rendering?.timer);
    if (message.type === 'rendered') rendering?.resolve(message);
    else rendering?.reject(new UserError(message.reason));
  }

  /**
   * Puts the picture of a run into the clipboard. VS Code's API copies only text, so the page of the run does it. The page must
   * have the focus, so it is shown.
   * @throws UserError when the page cannot copy
   */
  async copyPicture(file: Uri): Promise<void> {
    const isThere = (this.pages.get(file.toString())?.length ?? 0) > 0;
    if (isThere) await this.open(file);
    await this.render(file, { kind: 'clipboard' });
  }

  /** Makes a file of a run. @throws UserError when the page cannot make it */
  async render(file: Uri, form: RenderForm): Promise<RenderedFile> {
    const post = this.pages.get(file.toString())?.[0] ?? (await this.opened(file));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.renderings.delete(id);
        reject(tooLate());
      }, DRAW_WITHIN_MS);
      this.renderings.set(id, { resolve, reject, timer });
      post({ type: 'render', id, form });
    });
  }

  private async opened(file: Uri): Promise<Post> {
    const key = file.toString();
    const page = new Promise<Post>((resolve, reject) => {
      this.waiting.set(key, [...(this.waiting.get(key) ?? []), resolve]);
      setTimeout(() => {
        reject(tooLate());
      }, OPEN_WITHIN_MS).unref();
    });
    // The wait may end before it is awaited.
    page.catch(() => undefined);
    await this.open(file);
    return page;
  }
}

function tooLate(): UserError {
  return new UserError(l10n.t('The step-through did not answer. Open it, and export again.'));
}
