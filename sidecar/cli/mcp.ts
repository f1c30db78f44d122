import { chdir } from 'node:process';
import type { Command } from 'commander';
import { systemReason } from '../files/system-reason';
import { checkDefaultFolder } from './output-file';
import { UsageError } from './usage-error';

interface McpOptions {
  readonly folder?: string;
  readonly model?: string;
}

/** Adds `zipar mcp`: agents make pictures by the Model Context Protocol, over standard input and output. */
export function addMcpCommand(zipar: Command): void {
  zipar
    .command('mcp')
    .description('let agents make pictures: a server of the Model Context Protocol on stdin and stdout')
    .option('--folder <folder>', 'pictures go into zipar-images in this folder; the current one when absent')
    .option('--model <name or folder>', 'model for requests that name none')
    .action(serve);
}

async function serve({ folder, model }: McpOptions): Promise<void> {
  if (folder !== undefined) enter(folder);
  await checkDefaultFolder();
  // Other commands do without the protocol's library, so they do not load it.
  const { servePictures } = await import('./mcp-server');
  await servePictures(model);
}

/** @throws UsageError */
function enter(folder: string): void {
  try {
    chdir(folder);
  } catch (cause) {
    throw new UsageError(`--folder ${folder} cannot be used: ${systemReason(cause)}. Name another folder.`, {
      cause,
    });
  }
}
