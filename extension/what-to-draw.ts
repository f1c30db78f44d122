import type { ModelSummary } from '../sidecar/protocol';
import { newSeed } from './ask-value';
import { setContextKey } from './context-keys';
import { askForPrompt, chooseWord, type Histories } from './generate-prompt';
import type { Log } from './log';
import { chosenModel, listModels, requestedModel } from './model-list';
import type { TypedReading } from './prompt-words';
import { selectModel } from './select-model';
import { askForChoices, summarizeChoices, type ChoiceContext } from './session-choices';
import { readSettings, type SessionChoices } from './settings';
import type { SidecarClient } from './sidecar-client';
import { titleOf, type Subject } from './subject';

/** The choices of the second quick pick. The user may change them while the first one is open. */
export interface Chosen {
  choices: SessionChoices;
}

/** What the quick picks show at first. */
export interface Beginning {
  readonly prompt: string;
  readonly chosen: Chosen;
  /** Why the same prompt was refused a moment ago. */
  readonly refusal?: string;
}

/** The parts of the window that the dialogue uses. */
interface DialogueParts {
  readonly log: Log;
  readonly client: SidecarClient;
  /** Seed of the image on screen; undefined when there is none. */
  shownSeed(): number | undefined;
}

/** Asks the user what to draw, and with which choices. */
export class WhatToDraw {
  constructor(
    private readonly studio: DialogueParts,
    private readonly histories: Histories,
  ) {}

  /** @param model the model of the request; undefined: the one of the settings. @returns undefined when the user dismisses it */
  async ask(model: string | undefined, { prompt, chosen, refusal }: Beginning): Promise<Subject | undefined> {
    let value = prompt;
    let reason = refusal;
    let hasOtherModel = false;
    let context = this.choiceContext(model ?? requestedModel(readSettings()));
    for (;;) {
      const isSeedKept =
        (chosen.choices.seed ?? readSettings().generation.seed ?? ('random' as const)) !== 'random';
      const known = context.then((found) => found.model);
      const summary = context.then((found) => summarizeChoices(chosen.choices, found));
      const answer = await askForPrompt(
        { value, refusal: reason, isSeedKept },
        { model: known, summary, read: (text, found) => this.readPrompt(text, found) },
        this.histories,
      );
      if (answer.kind === 'dismissed') return undefined;
      if (answer.kind === 'condition') {
        const { condition } = answer;
        // Classes are offered once the model is known. Only a prompt may come earlier, and a prompt is its own title.
        const title = titleOf(condition, condition.kind === 'class' ? await known : undefined);
        return { condition, title, hasOtherModel };
      }
      value = answer.value;
      reason = undefined;
      if (answer.kind === 'words') value = withWord(value, await chooseWord((await known)?.words ?? []));
      else if (answer.kind === 'seed')
        chosen.choices = {
          ...chosen.choices,
          seed: isSeedKept ? 'random' : (this.studio.shownSeed() ?? newSeed()),
        };
      else {
        const before = await context;
        const changed = await askForChoices(chosen.choices, before);
        if (changed.choices !== chosen.choices) setContextKey('choicesMade', true);
        chosen.choices = changed.choices;
        hasOtherModel ||= changed.context !== before;
        context = Promise.resolve(changed.context);
      }
    }
  }

  /** What the user can choose from. @param wanted the model; empty: the one that ships */
  private async choiceContext(wanted: string): Promise<ChoiceContext> {
    const settings = readSettings();
    const models = await listModels(this.studio.client, settings, this.studio.log);
    const model = chosenModel(models, wanted);
    const context: ChoiceContext = {
      settings: settings.generation,
      decoders: await this.studio.client.decoders(),
      model,
      shownSeed: this.studio.shownSeed(),
      chooseModel: async () => {
        const isChosen = await selectModel(models, model);
        return isChosen ? this.choiceContext(requestedModel(readSettings())) : context;
      },
      countSteps: (choices, counted) => this.countSteps(choices, counted),
    };
    return context;
  }

  private async readPrompt(prompt: string, { folder }: ModelSummary): Promise<TypedReading> {
    const connection = await this.studio.client.connection();
    const reading = await connection.request({ type: 'read-prompt', model: folder, prompt });
    return { ...reading, prompt };
  }

  private async countSteps(...[choices, { grid, defaults }]: Parameters<ChoiceContext['countSteps']>) {
    const connection = await this.studio.client.connection();
    return connection.request({ type: 'count-steps', grid, modelWindow: defaults.window, choices });
  }
}

/** A prompt with one more word at its end. */
function withWord(prompt: string, word: string | undefined): string {
  if (word === undefined) return prompt;
  return `${prompt.trimEnd()} ${word} `.trimStart();
}
