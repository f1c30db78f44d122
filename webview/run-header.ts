import type { RunSettings, WebviewCommand } from '../sidecar/protocol';
import { element, setText } from './element';
import { isRunning } from './session';
import type { SessionState } from './session';
import { createButton } from './toolkit';
import { runState } from './trace';

/** What was asked for and of whom, and what can be done with it. */
export class RunHeader {
  private readonly title = element('h1', {});
  private readonly details = element('p', { class: 'details' });
  private readonly create: ReturnType<typeof createButton>;
  private readonly exportPicture: ReturnType<typeof createButton>;
  private readonly cancel: ReturnType<typeof createButton>;
  readonly element: HTMLElement;

  constructor(onCommand: (command: WebviewCommand) => void) {
    this.create = createButton('New…', 'primary', () => {
      onCommand('generate');
    });
    this.exportPicture = createButton('Export…', 'secondary', () => {
      onCommand('export');
    });
    this.cancel = createButton('Cancel', 'secondary', () => {
      onCommand('cancel');
    });
    this.element = element(
      'header',
      { class: 'run-header' },
      element('div', { class: 'run' }, this.title, this.details),
      element(
        'div',
        { class: 'actions', role: 'group', 'aria-label': 'Actions' },
        this.cancel.element,
        this.exportPicture.element,
        this.create.element,
      ),
    );
  }

  show(state: SessionState): void {
    const { trace, known } = state;
    if (!trace) return;
    const running = isRunning(state);
    setText(this.title, conditionText(trace.run.settings));
    setText(this.details, [...settingsText(trace.run.settings), stateText(state)].join(' · '));
    this.cancel.element.hidden = !running;
    this.exportPicture.element.hidden = running;
    this.exportPicture.setEnabled(known && runState(trace) === 'complete' && trace.run.patch > 0);
  }
}

export function conditionText({ condition, className }: RunSettings): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return className === undefined ? `Class ${condition.label}` : `${className} (class ${condition.label})`;
    case 'caption':
      return `Caption ${condition.file.split(/[\\/]/).at(-1) ?? ''}`;
  }
}

function settingsText(settings: RunSettings): string[] {
  const { model, seed, provider, precision } = settings;
  const computed = precision === 'stored' ? provider : `${provider}, ${precision}`;
  return [model, decoderText(settings), `seed ${seed}`, computed];
}

function decoderText({ decoder, window }: RunSettings): string {
  switch (decoder) {
    case 'raster':
      return 'raster order';
    case 'zipar':
      return `ZipAR, window ${window}`;
    case 'zipar-adaptive':
      return `ZipAR adaptive, window ${window} or more`;
  }
}

function stateText(state: SessionState): string {
  if (!state.trace) return '';
  const run = runState(state.trace);
  // Its sidecar is gone, and nobody will say how it ended.
  if (run === 'running' && !isRunning(state)) return 'interrupted';
  return { running: 'running', complete: 'complete', cancelled: 'cancelled', failed: 'failed' }[run];
}
