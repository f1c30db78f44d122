import type { Frame, Page } from 'playwright-core';

/**
 * The documents of the webviews that a window shows now.
 *
 * VS Code puts a webview's HTML into a frame in a frame: `iframe.webview` holds VS Code's own page with the
 * service worker, and in it `#active-frame` holds the extension's document. While new HTML loads there is a
 * `#pending-frame` beside it, which then becomes the active one; a frame of a hidden webview is not in sight.
 */
export async function webviewFramesIn(page: Page): Promise<Frame[]> {
  const found: Frame[] = [];
  for (const outer of page.mainFrame().childFrames()) {
    for (const inner of outer.childFrames()) {
      if ((await isActive(inner)) && (await isInSight(outer))) found.push(inner);
    }
  }
  return found;
}

async function isActive(frame: Frame): Promise<boolean> {
  return orGone(async () => (await (await frame.frameElement()).getAttribute('id')) === 'active-frame');
}

async function isInSight(outer: Frame): Promise<boolean> {
  return orGone(async () => (await outer.frameElement()).isVisible());
}

/** VS Code may take a frame away while it is looked at: then it is not there. */
async function orGone(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look();
  } catch {
    return false;
  }
}
