import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PageLoader } from '../../../extension/page-loader';

class Panel {
  visible = true;
  readonly set: string[] = [];
  readonly webview: { html: string };

  constructor() {
    const { set } = this;
    this.webview = {
      get html() {
        return set.at(-1) ?? '';
      },
      set html(page: string) {
        set.push(page);
      },
    };
  }
}

describe('the page of a webview', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function loading() {
    const panel = new Panel();
    const loader = new PageLoader(panel);
    const nonces: string[] = [];
    loader.load((nonce) => `page ${nonces.push(nonce)}`);
    return { panel, loader, nonces };
  }

  it('is set once if a message reaches it', () => {
    const { panel, loader, nonces } = loading();
    vi.advanceTimersByTime(9_000);
    expect(loader.hear({ type: 'ready', nonce: nonces[0] ?? '' })).toBe(true);
    expect(loader.hear({ type: 'received', nonce: nonces[0] ?? '' })).toBe(false);
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toEqual(['page 1']);
  });

  it('is set again, as a new page, while no message reaches it, and gets twice the time', () => {
    const { panel, loader } = loading();
    vi.advanceTimersByTime(10_000);
    expect(panel.set).toEqual(['page 1', 'page 2']);
    vi.advanceTimersByTime(19_000);
    expect(panel.set).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(panel.set).toHaveLength(3);
    loader.stop();
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toHaveLength(3);
  });

  it('is set again if its script runs and VS Code never shows it', () => {
    const { panel, loader, nonces } = loading();
    vi.advanceTimersByTime(1_000);
    expect(loader.hear({ type: 'ready', nonce: nonces[0] ?? '' })).toBe(true);
    vi.advanceTimersByTime(2_000);
    expect(panel.set).toHaveLength(2);
    expect(loader.hear({ type: 'ready', nonce: nonces[1] ?? '' })).toBe(true);
    vi.advanceTimersByTime(3_000);
    expect(panel.set).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(panel.set).toHaveLength(3);
  });

  it('is the one that was set last: an earlier one that is late gets nothing', () => {
    const { panel, loader, nonces } = loading();
    vi.advanceTimersByTime(10_000);
    expect(loader.hear({ type: 'ready', nonce: nonces[0] ?? '' })).toBe(false);
    expect(loader.hear({ type: 'received', nonce: nonces[0] ?? '' })).toBe(false);
    vi.advanceTimersByTime(20_000);
    expect(panel.set).toHaveLength(3);
    const nonce = nonces[2] ?? '';
    expect(loader.hear({ type: 'ready', nonce })).toBe(true);
    loader.hear({ type: 'received', nonce });
    // VS Code makes the page of a hidden webview again: the same page awaits what it is to show once more.
    expect(loader.hear({ type: 'ready', nonce })).toBe(true);
    loader.hear({ type: 'received', nonce });
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toHaveLength(3);
  });

  it('is none while a message is shown', () => {
    const { loader, nonces } = loading();
    loader.show('a message');
    expect(loader.hear({ type: 'ready', nonce: nonces[0] ?? '' })).toBe(false);
  });

  it('is not set again once its panel is gone, whatever it still says', () => {
    const { panel, loader, nonces } = loading();
    loader.stop();
    expect(loader.hear({ type: 'ready', nonce: nonces[0] ?? '' })).toBe(false);
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toHaveLength(1);
  });

  it('is not set again while it is hidden', () => {
    const { panel } = loading();
    panel.visible = false;
    vi.advanceTimersByTime(60_000);
    expect(panel.set).toHaveLength(1);
    panel.visible = true;
    vi.advanceTimersByTime(10_000);
    expect(panel.set).toHaveLength(2);
  });

  it('leaves its place to the page that is loaded next', () => {
    const { panel, loader } = loading();
    vi.advanceTimersByTime(5_000);
    loader.load(() => 'other');
    vi.advanceTimersByTime(9_000);
    expect(panel.set).toEqual(['page 1', 'other']);
    loader.show('a message');
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toEqual(['page 1', 'other', 'a message']);
  });
});
