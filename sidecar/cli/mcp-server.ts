import path from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import { buildVersions } from '../build-versions';
import { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import { errorReport } from '../engine/error-report';
import type { Run } from '../engine/run';
import { enginePaths } from '../engine-paths';
import {
  PICTURE_TOOL,
  readPictureToolInput,
  type GenerateRequest,
  type PictureToolResult,
} from '../protocol';
import { writeDefaultFile } from './output-file';

/** What a call may report and hear while its picture is made. */
interface CallEvents {
  readonly signal: AbortSignal;
  readonly onStep: (step: number, leastSteps: number) => void;
}

const RESULT_SCHEMA = {
  type: 'object',
  properties: {
    file: { type: 'string', description: 'Absolute path of the PNG.' },
    model: { type: 'string' },
    decoder: { type: 'string' },
    seed: { type: 'integer' },
    steps: { type: 'integer' },
    rasterSteps: { type: 'integer' },
  } satisfies { readonly [name in keyof PictureToolResult]: object },
  required: ['file', 'model', 'decoder', 'seed', 'steps', 'rasterSteps'],
} as const;

/**
 * Serves the tool that makes a picture until standard input closes. Pictures are made one after another, and the model stays
 * open between them.
 * @param model for requests that name none; undefined: the one that ships
 */
export async function servePictures(model: string | undefined): Promise<void> {
  const pictures = new ToolPictures(model);
  // The tool has one description for VS Code and for this protocol, so it is registered as it is.
  const { server } = new McpServer(
    { name: 'zipar-studio', version: buildVersions().version },
    { capabilities: { tools: {} } },
  );
  const { name, title, description, inputSchema } = PICTURE_TOOL;
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [
      {
        ...{ name, title, description, inputSchema, outputSchema: RESULT_SCHEMA },
        annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
      },
    ],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const token = params._meta?.progressToken;
    const onStep: CallEvents['onStep'] = (progress, total) => {
      if (token === undefined) return;
      void sendNotification({
        method: 'notifications/progress',
        params: { progressToken: token, progress, total },
      }).catch(() => undefined); // the client may have gone
    };
    return pictures.call(params.name, params.arguments, { signal, onStep });
  });
  const ended = new Promise((resolve) => process.stdin.once('close', resolve).once('end', resolve));
  try {
    await server.connect(new StdioServerTransport());
    await ended;
  } finally {
    await server.close();
    await pictures.close();
  }
}

/** Makes the pictures of tool calls. */
class ToolPictures {
  private readonly engine = new Engine(enginePaths());
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly model: string | undefined) {}

  /** Answers a call. What goes wrong is part of the answer, so that the agent can read it. */
  async call(name: string, input: unknown, events: CallEvents): Promise<CallToolResult> {
    if (name !== PICTURE_TOOL.name)
      return failed(`There is no tool "${name}"; there is ${PICTURE_TOOL.name}.`);
    const reading = readPictureToolInput(input ?? {});
    if (reading.kind === 'problem') return failed(reading.problem);
    const { condition, fields } = reading;
    const request = { ...(this.model !== undefined && { model: this.model }), ...fields, condition };
    const made = this.last.then(() => this.make(request, events));
    this.last = made.catch(() => undefined);
    try {
      const result = await made;
      return { content: [{ type: 'text', text: textOf(result) }], structuredContent: { ...result } };
    } catch (error) {
      return failed(errorReport(error).message);
    }
  }

  async close(): Promise<void> {
    this.engine.cancel(0);
    await this.engine.close();
  }

  /** @throws EngineError, OutputFileError */
  private async make(request: GenerateRequest, { signal, onStep }: CallEvents): Promise<PictureToolResult> {
    const { engine } = this;
    const cancelled = new EngineError('cancelled', 'The picture was cancelled before it was finished.');
    if (signal.aborted) throw cancelled;
    const cancel = (): void => {
      engine.cancel(0);
    };
    const report = ({ trace }: Run): void => {
      onStep(trace.steps, trace.leastSteps);
    };
    signal.addEventListener('abort', cancel);
    engine.events.on('step', report);
    try {
      const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
      await engine.start(request);
      const run = await ended;
      if (run.error) throw EngineError.from(run.error);
      if (run.state !== 'complete') throw cancelled;
      const { settings, rasterSteps } = run.plan;
      const file = path.resolve(await writeDefaultFile(settings, await engine.png(run)));
      const { model, decoder, seed } = settings;
      return { file, model, decoder, seed, steps: run.trace.steps, rasterSteps };
    } finally {
      signal.removeEventListener('abort', cancel);
      engine.events.off('step', report);
    }
  }
}

function textOf({ file, model, decoder, seed, steps, rasterSteps }: PictureToolResult): string {
  return `The picture is in ${file}. Model ${model}, decoder ${decoder}, seed ${seed}, ${steps} steps instead of ${rasterSteps}.`;
}

function failed(problem: string): CallToolResult {
  return { content: [{ type: 'text', text: problem }], isError: true };
}
