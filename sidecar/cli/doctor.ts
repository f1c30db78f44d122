import type { Command } from 'commander';
import { enginePaths } from '../engine-paths';
import { checkHardware, describeHardware, hardwareJson } from '../engine/hardware-report';
import { Providers } from '../engine/providers';
import { inEnglish } from '../protocol/sentence';

/** Adds `zipar doctor`: it reports what this machine can compute on. Exit code 1 when not even the embedded model runs. */
export function addDoctorCommand(zipar: Command): void {
  zipar
    .command('doctor')
    .description('check what this machine can compute on: devices, providers, the embedded model')
    .option('--json', 'print one JSON object')
    .action(async (options: { readonly json?: boolean }) => {
      const paths = enginePaths();
      const report = await checkHardware(paths, Providers.ofThisMachine(paths.proof));
      process.stdout.write(
        options.json === true
          ? `${hardwareJson(report)}\n`
          : describeHardware(report).map(inEnglish).join('\n'),
      );
      if (!report.trial.runs) process.exitCode = 1;
    });
}
