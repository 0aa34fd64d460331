import { type MessagePort, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads';
import { CodedError } from './coded-error.ts';
import { fromWireError, toWireError, type WireError } from './worker-errors.ts';

/** What a worker can be asked: one function a call, one argument each (structured clone both ways). */
export type CallTable<Calls> = { readonly [Name in keyof Calls]: (args: never) => unknown };
type Args<Calls, Name extends keyof Calls> = Calls[Name] extends (args: infer A) => unknown ? A : never;
type Result<Calls, Name extends keyof Calls> = Calls[Name] extends (args: never) => infer R
  ? Awaited<R>
  : never;

/**
 * The main thread's side of a worker. Calls are handed over in the order made; a worker with no call under way does
 * not keep the process alive. Disposing lets the calls already made finish, runs the worker's own disposal, and
 * rejects when that throws.
 */
export interface WorkerCalls<Calls> extends AsyncDisposable {
  /**
   * Rejects with what the handler threw (code, message and cause kept), `worker_died` when the thread ended, or
   * `worker_closed` after disposal.
   */
  call<Name extends keyof Calls & string>(
    name: Name,
    args: Args<Calls, Name>,
    transfer?: readonly Transferable[],
  ): Promise<Result<Calls, Name>>;
  [Symbol.asyncDispose](): Promise<void>;
  /**
   * Ends the thread as soon as it lets itself be ended, without its own disposal: for one that hangs in a system call.
   * Calls under way reject with `worker_died`. Resolves when it has ended, which may be never; nothing else waits for it,
   * but a process that exits does.
   */
  abandon(): Promise<void>;
}

const CLOSE = 0;

interface Request {
  /** `CLOSE`, or the number of a call. */
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}
type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'start_failed'; readonly error: WireError };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * Starts the module at `url` as a worker thread with `data`; resolves when its `serveCalls` is ready.
 * Rejects with what its `open` threw, or `worker_died` when the module could not be loaded.
 */
export async function startWorker<Calls extends CallTable<Calls>>(
  url: URL,
  data: unknown,
): Promise<WorkerCalls<Calls>> {
  const worker = new Worker(url, { workerData: data });
  const waiting = new Map<number, Waiting>();
  const started = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let lastId = CLOSE;
  let dead: CodedError | null = null;
  let closing: Promise<void> | null = null;

  const die = (why: string, cause?: unknown): void => {
    dead ??= new CodedError('worker_died', `worker ${url.pathname.split('/').at(-1)} ${why}`, { cause });
    started.reject(dead);
    for (const { reject } of waiting.values()) reject(dead);
    waiting.clear();
  };
  const settle = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return one;
  };
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'ready') started.resolve();
    else if (reply.kind === 'start_failed') started.reject(fromWireError(reply.error));
    else if (reply.kind === 'result') settle(reply.id)?.resolve(reply.value);
    else settle(reply.id)?.reject(fromWireError(reply.error));
  });
  worker.on('messageerror', (cause) => die('sent what cannot be read', cause));
  worker.on('error', (cause) => die('threw outside a call', cause));
  worker.on('exit', (code) => {
    die(`exited with ${code}`);
    exited.resolve();
  });

  const request = (id: number, name: string, args: unknown, transfer?: readonly Transferable[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (dead !== null) return reject(dead);
      waiting.set(id, { resolve, reject });
      worker.ref();
      try {
        worker.postMessage({ id, name, args } satisfies Request, transfer);
      } catch (cause) {
        settle(id);
        reject(new CodedError('worker_args', `arguments of ${name} cannot be sent to a worker`, { cause }));
      }
    });

  const close = async (): Promise<void> => {
    try {
      if (dead === null) await request(CLOSE, 'close', null);
    } finally {
      await worker.terminate();
      await exited.promise;
    }
  };

  try {
    await started.promise;
  } catch (cause) {
    await worker.terminate();
    throw cause;
  }
  worker.unref();

  return {
    call: (name, args, transfer) =>
      closing === null
        ? (request(++lastId, name, args, transfer) as Promise<never>)
        : Promise.reject(new CodedError('worker_closed', `${name} was called after the worker was closed`)),
    [Symbol.asyncDispose]: () => (closing ??= close()),
    abandon() {
      closing ??= Promise.resolve();
      die('was abandoned');
      worker.unref();
      void worker.terminate();
      return exited.promise;
    },
  };
}

/** What a worker serves. `[Symbol.dispose]` runs once, after the last call. */
export type Served<Calls> = {
  readonly [Name in keyof Calls]: (
    args: Args<Calls, Name>,
  ) => Result<Calls, Name> | Promise<Result<Calls, Name>>;
} & Partial<Disposable>;

/**
 * The worker's side: the last statement of a worker module. `open` gets the `data` of `startWorker`; what it throws
 * rejects there. Calls run one after the other, in order, an asynchronous one to its end before the next.
 * @throws CodedError `not_a_worker` on the main thread.
 */
export function serveCalls<Calls extends CallTable<Calls>, Data>(
  open: (data: Data) => Served<Calls> | Promise<Served<Calls>>,
): void {
  if (parentPort === null) throw new CodedError('not_a_worker', 'serveCalls belongs in a worker thread');
  const port: MessagePort = parentPort;
  const post = (reply: Reply): void => port.postMessage(reply);

  const answer = async (served: Served<Calls>, { id, name, args }: Request): Promise<void> => {
    try {
      if (id === CLOSE) {
        served[Symbol.dispose]?.();
        return post({ kind: 'result', id, value: undefined });
      }
      const handler = served[name as keyof Calls] as (args: unknown) => unknown;
      post({ kind: 'result', id, value: await handler.call(served, args) });
    } catch (error) {
      post({ kind: 'error', id, error: toWireError(error) });
    }
  };
  const start = async (): Promise<void> => {
    try {
      const served = await open(workerData as Data);
      let last: Promise<void> = Promise.resolve();
      port.on('message', (request: Request) => {
        last = last.then(() => answer(served, request));
      });
      post({ kind: 'ready' });
    } catch (error) {
      post({ kind: 'start_failed', error: toWireError(error) });
    }
  };
  start();
}
