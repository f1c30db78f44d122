import type { Frame, Page } from 'playwright-core';

/**
 * The documents of the webviews that a window shows now.
 *
 * VS Code puts a webview's HTML into a frame inside a frame. `iframe.webview` holds VS Code's own page with the service worker.
 * Inside it, `#active-frame` holds the extension's document. While new HTML loads, a `#pending-frame` stands beside
 * `#active-frame` and later replaces it. The frame of a hidden webview is not visible.
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

/** False if VS Code removes the frame during the check. */
async function orGone(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look();
  } catch {
    return false;
  }
}
