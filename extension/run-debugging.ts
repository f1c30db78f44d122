import path from 'node:path';
import {
  commands,
  debug,
  DebugAdapterInlineImplementation,
  Disposable,
  l10n,
  TabInputCustom,
  Uri,
  ViewColumn,
  window,
  workspace,
  type DebugAdapter,
  type DebugConfiguration,
  type DebugProtocolMessage,
  type Event,
} from 'vscode';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { makeBranch } from './branch-run';
import { errorMessage } from './error-message';
import { inUsersLanguage } from './in-users-language';
import { reportError, UserError } from './report-error';
import { RunDebugSession, type DebugHost } from './run-debug-session';
import { readRunDocument } from './run-document';
import { RunEditors } from './run-editors';
import type { Studio } from './studio';

const DEBUG_TYPE = 'zipar';

/** Debugs recorded runs in VS Code's own debug view. */
export function registerDebugging(studio: Studio): Disposable {
  return Disposable.from(
    debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () =>
        new DebugAdapterInlineImplementation(adapterOf(new RunDebugSession(hostOf(studio)))),
    }),
    debug.registerDebugConfigurationProvider(DEBUG_TYPE, {
      resolveDebugConfiguration: (_, configuration) => completed(configuration, studio),
    }),
  );
}

/** Debugs the run of a file: VS Code's own steps, breakpoints and variables over its recorded steps. */
export async function debugRun(file: Uri): Promise<void> {
  const hasBegun = await debug.startDebugging(workspace.getWorkspaceFolder(file), configurationOf(file));
  const opening = workspace.getConfiguration('debug').get<string>('openDebug');
  if (hasBegun && opening !== 'neverOpen') await commands.executeCommand('workbench.view.debug');
}

/** The file with a run that the active editor shows, whatever editor that is. */
export function fileInActiveEditor(): Uri | undefined {
  const input: unknown = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputCustom && /\.(png|zipar)$/i.test(input.uri.path) ? input.uri : undefined;
}

function configurationOf(file: Uri): DebugConfiguration {
  const program = file.scheme === 'file' ? file.fsPath : file.toString();
  return { type: DEBUG_TYPE, request: 'launch', name: path.posix.basename(file.path), program };
}

/** The session as VS Code takes it. The messages of the library are those of the protocol, as VS Code's are. */
function adapterOf(session: RunDebugSession): DebugAdapter {
  return Object.assign(
    new Disposable(() => {
      session.dispose();
    }),
    {
      onDidSendMessage: session.onDidSendMessage as Event<DebugProtocolMessage>,
      handleMessage: (message: DebugProtocolMessage) => {
        session.handleMessage(message as DebugProtocol.ProtocolMessage);
      },
    },
  );
}

/** A configuration without a program means the file in the active editor. */
function completed(configuration: DebugConfiguration, studio: Studio): DebugConfiguration {
  const { program } = configuration as { readonly program?: unknown };
  const file = program === undefined ? (fileInActiveEditor() ?? studio.editors.active) : undefined;
  return file ? { ...configurationOf(file), ...configuration } : configuration;
}

function hostOf(studio: Studio): DebugHost {
  const report = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      reportError(error, studio.log);
    });
  };
  return {
    say: inUsersLanguage,
    sayError: errorMessage,
    read: async (program) => {
      const file = fileOf(program);
      const { record } = await readRunDocument(file);
      await RunEditors.open(file, { viewColumn: ViewColumn.Beside, preserveFocus: true });
      return record;
    },
    candidates: (record, cell) => studio.drawing.alternatives(record, cell),
    branch: (program, branch) => {
      const file = fileOf(program);
      report(readRunDocument(file).then(({ record }) => makeBranch(studio, file, record, { branch })));
    },
    goOn: (program) => {
      report(studio.generateImage.continuing.goOn(fileOf(program)));
    },
    stands: (program, step) => {
      studio.editors.showStep(fileOf(program), step);
    },
  };
}

/** The file of a program: a path, or a URI with a scheme of more than one letter. @throws UserError */
function fileOf(program: string): Uri {
  if (path.isAbsolute(program)) return Uri.file(program);
  if (/^[a-z][a-z\d+.-]+:/i.test(program)) return Uri.parse(program);
  throw new UserError(
    l10n.t(
      '{0} is no absolute path; write “${workspaceFolder}” before it in the launch configuration.',
      program,
    ),
  );
}
