import {
  EventEmitter,
  l10n,
  Uri,
  workspace,
  type Disposable,
  type TreeDataProvider,
  type TreeItem,
  type TreeView,
} from 'vscode';
import type { RunFile } from './run-files';
import { branchesOf, withoutBranches } from './run-branches';
import { groupRuns, type RunGroup } from './run-groups';
import type { RunIndex } from './run-index';
import type { QueuedRun, RunQueue } from './run-queue';
import { runDetails, runTitle } from './run-text';
import { runItem, runTooltip } from './window/run-item';
import { createRunTree } from './window/run-tree';

/** A line of the list of runs. Commands of its menu get it as their argument. */
export type RunNode =
  | { readonly kind: 'queue' }
  | { readonly kind: 'queued'; readonly queued: QueuedRun; readonly isCurrent: boolean }
  | { readonly kind: 'group'; readonly group: RunGroup<RunFile> }
  | { readonly kind: 'run'; readonly run: RunFile };

/** The list of runs in the activity bar: the queue, the runs of today, and older ones by folder. */
export class RunsView implements TreeDataProvider<RunNode>, Disposable {
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: readonly Disposable[];
  private readonly view: TreeView<RunNode>;
  /** Whether something changed while the list was not on screen. */
  private isStale = false;

  constructor(
    private readonly index: RunIndex,
    private readonly queue: RunQueue,
    private readonly store: Uri,
  ) {
    this.view = createRunTree(this);
    this.subscriptions = [
      this.view,
      this.view.onDidChangeVisibility(({ visible }) => {
        if (visible && this.isStale) this.refresh();
      }),
      index.onDidChange(() => {
        this.refresh();
      }),
    ];
  }

  /** Reads the list again, now or when it is next seen. A window that closes meanwhile has then nothing to report. */
  refresh(): void {
    this.isStale = !this.view.visible;
    if (!this.isStale) this.changed.fire(undefined);
  }

  getChildren(node?: RunNode): RunNode[] {
    if (!node) return this.roots();
    switch (node.kind) {
      case 'queue':
        return this.queued();
      case 'group':
        return node.group.runs.map((run) => ({ kind: 'run', run }));
      case 'run':
        return branchesOf(node.run, this.index.runs).map((run) => ({ kind: 'run', run }));
      case 'queued':
        return [];
    }
  }

  getTreeItem(node: RunNode): TreeItem {
    switch (node.kind) {
      case 'queue':
        return runItem({ id: 'queue', label: l10n.t('Queue'), menu: 'queue', isGroup: true });
      case 'queued':
        return queuedItem(node);
      case 'group':
        return runItem({
          id: node.group.id,
          label: this.groupName(node.group),
          menu: 'group',
          isGroup: true,
        });
      case 'run':
        return fileItem(node.run, branchesOf(node.run, this.index.runs).length > 0);
    }
  }

  /** Adds the tooltip when the pointer rests on a line, so that no picture is read before. */
  resolveTreeItem(item: TreeItem, node: RunNode): TreeItem {
    if (node.kind !== 'run') return item;
    const { file, summary, madeAt } = node.run;
    const isPicture = /\.png$/i.test(file.path);
    item.tooltip = runTooltip(
      [
        runTitle(summary),
        `${summary.model} · ${runDetails(summary)}`,
        new Date(madeAt).toLocaleString(),
        workspace.asRelativePath(file),
      ],
      isPicture ? file : undefined,
    );
    return item;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private roots(): RunNode[] {
    const groups = groupRuns(withoutBranches(this.index.runs), new Date());
    return [
      ...(this.queue.current ? [{ kind: 'queue' } as const] : []),
      ...groups.map((group) => ({ kind: 'group', group }) as const),
    ];
  }

  private queued(): RunNode[] {
    const { current, waiting } = this.queue;
    return [
      ...(current ? [{ kind: 'queued', queued: current, isCurrent: true } as const] : []),
      ...waiting.map((queued) => ({ kind: 'queued', queued, isCurrent: false }) as const),
    ];
  }

  private groupName({ kind, id }: RunGroup<RunFile>): string {
    if (kind === 'today') return l10n.t('Today');
    const folder = Uri.parse(id);
    if (folder.toString() === this.store.toString()) return l10n.t('Kept by the Extension');
    return workspace.asRelativePath(folder);
  }
}

function queuedItem({ queued, isCurrent }: Extract<RunNode, { kind: 'queued' }>): TreeItem {
  const { id, run } = queued;
  return runItem({
    id: `queued ${id}`,
    label: run.title,
    description: `${l10n.t('Seed')} ${run.request.seed ?? ''} · ${isCurrent ? l10n.t('being made') : l10n.t('waiting')}`,
    icon: isCurrent ? 'loading~spin' : 'clock',
    menu: isCurrent ? 'queued.current' : 'queued.waiting',
  });
}

function fileItem({ file, summary }: RunFile, hasBranches: boolean): TreeItem {
  const isPicture = /\.png$/i.test(file.path);
  return runItem({
    id: file.toString(),
    label: runTitle(summary),
    description: runDetails(summary),
    icon: isPicture ? 'file-media' : summary.state === 'complete' ? 'symbol-array' : 'circle-slash',
    menu: isPicture ? 'run.picture' : summary.state === 'complete' ? 'run.trace' : 'run.trace.stopped',
    isGroup: hasBranches,
    command: { command: 'ziparStudio.openRun', title: l10n.t('Open Step-Through'), arguments: [file] },
  });
}
