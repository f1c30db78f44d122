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
    let made = 0;
    loader.load(() => `page ${++made}`);
    return { panel, loader };
  }

  it('is set once if it says that it listens', () => {
    const { panel, loader } = loading();
    vi.advanceTimersByTime(9_000);
    loader.stop();
    vi.advanceTimersByTime(1_000_000);
    expect(panel.set).toEqual(['page 1']);
  });

  it('is set again, as a new page, while it says nothing, and gets twice the time', () => {
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
