import type { WebviewCommand } from '../sidecar/protocol';
import { CellInspector } from './cell-inspector';
import { element } from './element';
import { EmptyState } from './empty-state';
import { Figures } from './figures';
import { Notices } from './notices';
import { PlaybackControls } from './playback-controls';
import type { PlaybackEvents } from './playback-controls';
import { RunHeader } from './run-header';
import { Stage } from './stage';
import { StepStripCanvas } from './step-strip-canvas';
import type { Palette } from './theme';
import type { ViewOptions } from './view-options';

export interface PageEvents extends PlaybackEvents {
  command(command: WebviewCommand): void;
  showNewerRun(): void;
  setOptions(change: Partial<ViewOptions>): void;
}

/** The parts of the page in their order. */
export class Page {
  readonly header: RunHeader;
  readonly notices: Notices;
  readonly stage: Stage;
  readonly figures = new Figures();
  readonly inspector = new CellInspector();
  readonly strip = new StepStripCanvas();
  readonly playback: PlaybackControls;
  readonly empty: EmptyState;
  /** What is put here is read aloud. */
  readonly liveRegion = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  readonly side = element(
    'aside',
    { class: 'side', 'aria-label': 'Figures' },
    this.figures.element,
    this.inspector.element,
  );
  /** All that belongs to a run. */
  readonly studio: HTMLElement;

  constructor(root: HTMLElement, options: ViewOptions, events: PageEvents) {
    this.header = new RunHeader((command) => {
      events.command(command);
    });
    this.notices = new Notices(() => {
      events.showNewerRun();
    });
    this.stage = new Stage(options, (change) => {
      events.setOptions(change);
    });
    this.playback = new PlaybackControls(this.strip.element, options.speed, events);
    this.empty = new EmptyState(() => {
      events.command('generate');
    });
    this.studio = element(
      'div',
      { class: 'studio' },
      this.header.element,
      this.notices.element,
      this.stage.element,
      this.side,
      this.playback.element,
    );
    root.append(this.studio, this.empty.element, this.liveRegion);
  }

  setPalette(palette: Palette): void {
    this.stage.setPalette(palette);
    this.strip.setPalette(palette);
  }
}
