import type { MessagePort } from 'node:worker_threads';
import type { GraphicsDevice } from '../hardware/graphics-devices';
import { encodeTrace, ziparFile } from '../trace-file/trace-file';
import { errorReport } from './error-report';
import type {
  FileReport,
  FileRequest,
  FileTaskResults,
  FileTasksByKind,
  ProviderAnswer,
  ProviderQuestion,
} from './file-messages';
import { encodePicture } from './encode-picture';
import { memoryNeed } from './memory-need';
import type { ModelLibrary } from './model-library';
import type { ProductTimes } from './product-times';
import type { Verdict } from './provider-choice';
import type { ProviderKnowledge } from './providers';
import { planDrawing } from './plan-drawing';
import { planRun } from './run-plan';

/**
 * Does the work of the file thread, which reads model folders and encodes pictures. A strange folder may take any time to read.
 * The thread that answers clients stays free meanwhile.
 */
export class FileThread {
  private readonly questions = new Map<number, (answer: ProviderAnswer) => void>();
  private lastQuestionId = 0;

  constructor(
    private readonly port: MessagePort,
    private readonly library: ModelLibrary,
  ) {
    port.on('message', (request: FileRequest) => {
      if (request.type === 'answer') {
        this.questions.get(request.questionId)?.(request.answer);
        this.questions.delete(request.questionId);
        return;
      }
      const { id, task } = request;
      this.carryOut(id, task).then(
        (result) => {
          this.report({ type: 'done', id, result });
        },
        (error: unknown) => {
          this.report({ type: 'failed', id, error: errorReport(error) });
        },
      );
    });
  }

  private report(message: FileReport): void {
    this.port.postMessage(message);
  }

  private async carryOut(
    id: number,
    task: FileTasksByKind[keyof FileTasksByKind],
  ): Promise<FileTaskResults[keyof FileTaskResults]> {
    switch (task.kind) {
      case 'list':
        return this.library.list(task.folders, task.textEncoder);
      case 'plan': {
        const { grid, imageDecoder } = task.request;
        const model = await this.library.find(task.request.model, { grid, imageDecoder });
        this.report({ type: 'found', id, model: model.name });
        return planRun(task.request, model, this.knowledge(task));
      }
      case 'memory':
        return memoryNeed(await this.library.find(task.model, task.wishes), task.precision, task.guidance);
      case 'png':
        return encodePicture(task.image, task.record);
      case 'drawing':
        return planDrawing(task.request, this.library);
      case 'trace':
        return ziparFile(await encodeTrace(task.record));
    }
  }

  /** The knowledge about providers. For most of it, the main thread is asked. */
  private knowledge({ available, onDevices }: FileTasksByKind['plan']): ProviderKnowledge {
    return {
      available,
      onDevices,
      verdict: async (provider, depth) => (await this.ask({ about: 'verdict', provider, depth })) as Verdict,
      productTimes: async (size) => (await this.ask({ about: 'products', size })) as ProductTimes | undefined,
      devices: async () => (await this.ask({ about: 'devices' })) as readonly GraphicsDevice[],
    };
  }

  private ask(question: ProviderQuestion): Promise<ProviderAnswer> {
    const questionId = ++this.lastQuestionId;
    return new Promise((resolve) => {
      this.questions.set(questionId, resolve);
      this.report({ type: 'question', questionId, question });
    });
  }
}
