/**
 * Finds circles in a graph. Goes along the edges in depth and reports the way back to a node that is on the way.
 * @param edges the nodes that each node points to
 * @returns the nodes of each circle, in order; none if and only if the graph has no circle
 */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (node: string): void => {
    const begin = way.indexOf(node);
    if (begin >= 0) circles.push(way.slice(begin));
    if (begin >= 0 || done.has(node)) return;
    way.push(node);
    for (const next of edges.get(node) ?? []) visit(next);
    way.pop();
    done.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return circles;
}
