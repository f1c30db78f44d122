import { window, type TreeDataProvider, type TreeView } from 'vscode';

/** Shows the list of runs. The items must come from `runItem`, which makes foreign text plain. */
export function createRunTree<Node>(items: TreeDataProvider<Node>): TreeView<Node> {
  return window.createTreeView('ziparStudio.runs', { treeDataProvider: items, canSelectMany: true });
}
