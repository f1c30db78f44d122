import { l10n, lm, workspace, type Disposable } from 'vscode';
import { PICTURE_TOOL, readPictureToolInput, type PictureToolReading } from '../sidecar/protocol';
import type { GenerateImage } from './generate-image';
import { UserError } from './report-error';
import { titleOf } from './subject';
import { toolConfirmation, toolText } from './window/tool-texts';

/** Registers the tool with which an agent in VS Code makes a picture. */
export function registerPictureTool(generateImage: GenerateImage): Disposable {
  return lm.registerTool<object>(PICTURE_TOOL.name, {
    prepareInvocation: ({ input }) => {
      const reading = readPictureToolInput(input);
      // The call itself says what is wrong, and makes nothing.
      return reading.kind === 'problem' ? undefined : confirmationOf(reading);
    },
    invoke: async ({ input }, token) => {
      const reading = readPictureToolInput(input);
      if (reading.kind === 'problem') throw new UserError(reading.problem);
      const result = await generateImage.forTool(reading.condition, reading.fields, token);
      return toolText(JSON.stringify(result));
    },
  });
}

/** What the user is asked before a picture is made. */
function confirmationOf({ condition, fields }: Extract<PictureToolReading, { kind: 'picture' }>) {
  const subject = titleOf(condition, undefined);
  const { decoderSettings, ...others } = fields;
  const settings = Object.entries({ ...others, ...decoderSettings });
  return toolConfirmation({
    progress: l10n.t('Generating “{0}”', subject),
    title: l10n.t('Generate Image'),
    lines: [
      subject,
      ...(settings.length > 0
        ? [settings.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')]
        : []),
      workspace.workspaceFolders
        ? l10n.t('The image is made on this machine and written into the workspace.')
        : l10n.t('The image is made on this machine. No folder is open, so the extension keeps it.'),
    ],
  });
}
