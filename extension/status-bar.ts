import { l10n, type Disposable } from 'vscode';
import { LONG_RUN_MS, type RunDescription } from '../sidecar/protocol';
import { durationText } from './duration-text';
import { errorMessage } from './error-message';
import type { Generation, GenerationProgress } from './generation';
import type { RunBook } from './run-book';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPanel } from './step-through-panel';
import { StatusItem } from './window/status-item';

/**
 * The status bar entry: the only place that shows the sidecar's state. It shows the progress of a run while the step-through,
 * which shows it too, is not on screen.
 */
export class StatusBar implements Disposable {
  private readonly item = new StatusItem('ZipAR Studio', 'ziparStudio.showMenu');
  private readonly subscriptions: readonly Disposable[];

  constructor(
    private readonly client: SidecarClient,
    private readonly generation: Generation,
    private readonly runs: RunBook,
    private readonly panel: StepThroughPanel,
  ) {
    const update = (): void => {
      this.update();
    };
    this.subscriptions = [
      client.onDidChangeState(update),
      generation.onDidChange(update),
      panel.onDidChangeVisibility(update),
    ];
    this.update();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.item.dispose();
  }

  private update(): void {
    this.item.set({
      text: this.text(),
      lines: this.lines(),
      links: this.links().map(({ command, title }) => ({ command, title: title() })),
      isError: this.client.state.kind === 'failed',
    });
  }

  /** The progress that the step-through does not show now. */
  private get progress(): GenerationProgress | undefined {
    return this.panel.isVisible ? undefined : this.generation.progress;
  }

  private text(): string {
    const { progress } = this;
    if (progress?.cancelling) return `$(loading~spin) ZipAR ${l10n.t('cancelling…')}`;
    if (progress?.isPaused) return `$(debug-pause) ZipAR ${progress.text}`;
    if (progress && progress.leastSteps > 0) return `$(loading~spin) ZipAR ${stepsText(progress)}`;
    if (progress) return `$(loading~spin) ZipAR ${progress.text}`;
    if (this.generation.progress?.isPaused) return '$(debug-pause) ZipAR';
    if (this.generation.progress || this.client.state.kind === 'starting') return '$(loading~spin) ZipAR';
    return this.client.state.kind === 'failed' ? '$(error) ZipAR' : '$(sparkle) ZipAR';
  }

  private links(): typeof LINKS {
    return this.progress ? [CANCEL, ...LINKS] : LINKS;
  }

  private lines(): string[] {
    const { progress } = this;
    const doing = progress ? [l10n.t('Generating “{0}”: {1}', progress.title, progress.text)] : [];
    return [...doing, ...this.sidecarLines()];
  }

  private sidecarLines(): string[] {
    const { state } = this.client;
    switch (state.kind) {
      case 'stopped':
        return [
          l10n.t('The sidecar, the process that computes images, is not running. The first image starts it.'),
        ];
      case 'starting':
        return [l10n.t('The sidecar is starting…')];
      case 'failed':
        return [errorMessage(state.error)];
      case 'ready': {
        const run = this.runs.newest;
        return [
          ...(run ? describeExecution(run) : []),
          l10n.t('The sidecar, the process that computes images, is running: process {0}.', state.pid),
          l10n.t('ONNX Runtime {0} on Node.js {1}', state.hello.build.onnxruntime, state.hello.build.node),
        ];
      }
    }
  }
}

/** The steps of a run and, if it takes minutes, the time that is left: "12/700 · 9 min". */
function stepsText({ step, leastSteps, isExact, leftMs }: GenerationProgress): string {
  const steps = `${step}/${leastSteps}${isExact ? '' : '+'}`;
  return leftMs === undefined || leftMs < LONG_RUN_MS ? steps : `${steps} · ${durationText(leftMs)}`;
}

/** Describes what the newest run computes on, and why. The reason is the sidecar's own sentence. */
function describeExecution({ settings, execution }: RunDescription): string[] {
  const { device, memoryBytes, reason } = execution;
  const named = device ?? l10n.t('unknown device');
  return [
    l10n.t('Model {0} on {1}', settings.model, settings.provider),
    memoryBytes === null
      ? l10n.t('Computes on: {0}', named)
      : l10n.t('Computes on: {0}, {1} GB of memory', named, Math.round(memoryBytes / 1e9)),
    reason,
  ];
}

interface Link {
  readonly command: string;
  readonly title: () => string;
}

const CANCEL: Link = { command: 'ziparStudio.cancelGeneration', title: () => l10n.t('Cancel Generation') };

const LINKS: readonly Link[] = [
  { command: 'ziparStudio.generate', title: () => l10n.t('Generate Image…') },
  { command: 'ziparStudio.selectModel', title: () => l10n.t('Select Model…') },
  { command: 'ziparStudio.addModel', title: () => l10n.t('Add Model…') },
  { command: 'ziparStudio.compareDecoders', title: () => l10n.t('Compare Decoders…') },
  { command: 'ziparStudio.checkHardware', title: () => l10n.t('Check Hardware') },
  { command: 'ziparStudio.restartSidecar', title: () => l10n.t('Restart Sidecar') },
  { command: 'ziparStudio.showLog', title: () => l10n.t('Show Log') },
  { command: 'ziparStudio.openSettings', title: () => l10n.t('Settings') },
];
