/** The `zipar` command: the sidecar without VS Code. Exit code 2: the request is wrong. Exit code 1: the command failed. */
import { Command, CommanderError } from 'commander';
import { buildVersions } from '../build-versions';
import { endWithParent } from '../lifetime/end-with-parent';
import { runSidecar } from '../sidecar';
import { addAddCommand } from './add';
import { addBenchCommand } from './bench';
import { addBranchCommand } from './branch';
import { addCacheCommand } from './cache';
import { addDecodeCommand } from './decode';
import { addDoctorCommand } from './doctor';
import { addEncodeCommand } from './encode';
import { addEvalCommand } from './eval';
import { addGenerateCommand } from './generate';
import { addModelsCommand } from './models';
import { addMcpCommand } from './mcp';
import { addScoreCommand } from './score';
import { watchStandardOutput } from './standard-output';
import { addDiffCommand } from './diff';
import { addShowCommand } from './show';
import { addStepsCommand } from './steps';
import { UsageError } from './usage-error';

function program(): Command {
  const zipar = new Command('zipar')
    .description('Autoregressive image models, decoded in parallel rows by ZipAR (arXiv 2412.04062).')
    .version(buildVersions().version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addGenerateCommand(zipar);
  addBranchCommand(zipar);
  addShowCommand(zipar);
  addDiffCommand(zipar);
  addScoreCommand(zipar);
  addDecodeCommand(zipar);
  addEncodeCommand(zipar);
  addStepsCommand(zipar);
  addEvalCommand(zipar);
  addAddCommand(zipar);
  addModelsCommand(zipar);
  addCacheCommand(zipar);
  addDoctorCommand(zipar);
  addBenchCommand(zipar);
  addMcpCommand(zipar);
  zipar
    .command('serve')
    .description('run the sidecar process; prints its port and token, and ends when stdin closes')
    .action(runSidecar);
  return zipar;
}

async function main(): Promise<void> {
  watchStandardOutput();
  // Another of our programs started this one, and waits for its result.
  if (process.connected) endWithParent();
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const isUsage = error instanceof CommanderError || error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`zipar: ${message.replace(/^error: /, '')}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

void main();
