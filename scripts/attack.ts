import { Command } from 'commander';
import { CodedError } from '../src/core/coded-error.ts';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { describeAttack } from './attack/attack-report.ts';
import { faultsOf } from './attack/attack-result.ts';
import { runAttack } from './attack/run-attack.ts';
import { readVectors, type VectorFiles } from './attack/vectors/vector-files.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface AttackCommandOptions {
  readonly seed: number;
  readonly certificates: number;
  readonly tokens: number;
  readonly controls: number;
  readonly revocations: number;
  readonly expiries: number;
  readonly sockets: number;
  readonly jwsVectors?: string;
  readonly json?: true;
}

/** A directory without vectors is a mistake in usage. */
function vectorsOf({ jwsVectors }: AttackCommandOptions, command: Command): VectorFiles | null {
  if (jwsVectors === undefined) return null;
  try {
    return readVectors(jwsVectors);
  } catch (error) {
    if (error instanceof CodedError) command.error(`error: ${error.message} (${error.code})`);
    throw error;
  }
}

async function attack(options: AttackCommandOptions, command: Command): Promise<void> {
  const vectors = vectorsOf(options, command);
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  const result = await runAttack({ ...options, vectors, signal, show: (text) => line.show(text) }).catch(
    (error: unknown) => {
      if (error === signal.reason) return null;
      throw error;
    },
  );
  line[Symbol.dispose]();
  if (result === null) {
    process.exitCode = EXIT.interrupted;
    return;
  }
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : describeAttack(result));
  if (faultsOf(result).length > 0) process.exitCode = EXIT.failed;
}

const program = new Command('npm run attack --')
  .description(
    'Attacks a server of its own, in a process and a directory that are gone afterwards: bad certificates, bad tokens, devices that go on after they were revoked, sockets that say nothing; good ones in between.',
  )
  .exitOverride()
  .option('--seed <n>', 'the same seed and numbers give the same attempts', wholeNumber(0, 2 ** 31), 1)
  .option('--certificates <n>', 'bad certificates, of all classes in turn', wholeNumber(1, 100_000), 1_000)
  .option('--tokens <n>', 'bad tokens, of all classes in turn', wholeNumber(1, 100_000), 1_000)
  .option('--controls <n>', 'good certificates, and as many good tokens', wholeNumber(1, 10_000), 100)
  .option('--revocations <n>', 'devices revoked while they stream; 0: none', wholeNumber(0, 5_000), 50)
  .option(
    '--expiries <n>',
    'tokens that expire while their devices stream; 0: none',
    wholeNumber(0, 5_000),
    5,
  )
  .option('--sockets <n>', 'sockets that never say who they are; 0: none', wholeNumber(0, 6_000), 1_000)
  .option('--jws-vectors <dir>', 'test vectors of others, put to the same verifier')
  .option('--json', 'one JSON object instead of a table')
  .addHelpText(
    'after',
    `
Vectors are read from every .json file below the directory that is Wycheproof's (testGroups), the JOSE cookbook's
(RFC 7520) or an object with "jws" and "key", and as compact tokens from .jws, .jwt and .txt files. A vector marked
valid and of ES256 must verify, every other one must not.

Examples:
  $ npm run attack
  $ npm run attack -- --seed 42 --certificates 5000 --tokens 5000
  $ npm run -s attack -- --jws-vectors vectors/ --json | jq .vectors

Exit codes: 0 nothing bad was accepted, nothing good refused, and the server held; 1 it did not (or the attack
failed); 2 wrong usage; 130 interrupted.`,
  )
  .action(attack);

await runProgram(program);
