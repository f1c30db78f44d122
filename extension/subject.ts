import { l10n } from 'vscode';
import type { Condition, ModelSummary } from '../sidecar/protocol';

/** What to draw, and its name in messages. */
export interface Subject {
  readonly condition: Condition;
  readonly title: string;
  /** Whether the user chose another model in the dialog. It is then the one of the settings. */
  readonly hasOtherModel: boolean;
}

/** Title of what is drawn. @param model gives the usual name of a class; undefined while the model is unknown */
export function titleOf(condition: Condition, model: ModelSummary | undefined): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return model?.classNames[condition.label]?.split(', ')[0] ?? l10n.t('class {0}', condition.label);
    case 'caption':
      return condition.file;
  }
}
