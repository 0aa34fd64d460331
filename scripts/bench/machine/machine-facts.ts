import { cpus, release, totalmem, type } from 'node:os';

const GIB = 1024 ** 3;

/** What figures were measured on: they are of little without. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly node: string;
  readonly kernel: string;
}

export function machineFacts(): MachineFacts {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memory_gib: Math.round((totalmem() / GIB) * 10) / 10,
    node: process.version,
    kernel: `${type()} ${release()}`,
  };
}
