import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { ProblemDetails } from '../../src/gateway/problem-details.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { deviceId } from '../../src/model/ids.ts';
import { createLog } from '../../src/observe/log.ts';
import { PatientSnapshot } from '../../src/protocol/feed-frames.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { ALARM_FORMS, AlarmSchema } from './alarm-schema.ts';
import { component, type JsonSchema, plain, withReferences } from './json-schema.ts';

/** Longer than the server takes to see the device that was enrolled beside it (250 ms). */
const REGISTRY_SEEN_MS = 400;

const SHARED: ReadonlySet<string> = new Set([
  'Alarm',
  ...Object.keys(ALARM_FORMS),
  'PatientSnapshot',
  'ProblemDetails',
]);

const SERVERS = {
  device: { url: 'https://localhost:8443', description: 'Device listener.' },
  clinician: { url: 'https://localhost:8444', description: 'Clinician listener.' },
} as const;

interface OpenApi extends JsonSchema {
  readonly paths: Readonly<Record<string, JsonSchema>>;
  readonly components: { readonly securitySchemes: JsonSchema };
}

interface Credentials {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

function fetchDocument(port: number, credentials: Credentials): Promise<OpenApi> {
  return new Promise((resolve, reject) => {
    get({ host: 'localhost', port, path: '/openapi.json', ...credentials, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as OpenApi);
        else reject(new CodedError('no_openapi', `/openapi.json answered ${response.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}

/** Both documents as a server of its own gives them: in a temporary directory, on free ports. */
async function documents(): Promise<{ readonly device: OpenApi; readonly clinician: OpenApi }> {
  const directory = await mkdtemp(join(tmpdir(), 'vitalwire-docs-'));
  const certs = join(directory, 'certs');
  const data = join(directory, 'var');
  try {
    const { config, secrets } = loadConfig({
      NODE_ENV: 'test',
      VITALWIRE_HOST: '127.0.0.1',
      VITALWIRE_DEVICE_PORT: '0',
      VITALWIRE_CLINICIAN_PORT: '0',
      VITALWIRE_CERTS_DIR: certs,
      VITALWIRE_DATA_DIR: data,
      // Nobody answers there: it is set for its routes.
      VITALWIRE_OIDC_ISSUER: 'http://localhost:1',
      VITALWIRE_OIDC_CLIENT_ID: 'console',
    });
    const clock = systemClock();
    await using app = await startApp({ config, secrets, clock, log: createLog('error', process.stderr) });
    await using registry = await openSqliteRegistry({
      path: join(data, 'registry.db'),
      onError: (error) => {
        throw error;
      },
    });
    const { files } = await enrolDevice({
      registry,
      directory: certs,
      device: deviceId('documentation'),
      description: '',
      intervalMs: null,
      now: clock.now(),
    });
    await new Promise((resolve) => setTimeout(resolve, REGISTRY_SEEN_MS));
    const [ca, cert, key] = await Promise.all(
      [files.authority, files.certificate, files.key].map((path) => readFile(path, 'utf8')),
    );
    if (ca === undefined || cert === undefined || key === undefined)
      throw new CodedError('no_credentials', 'enrolment made no files');
    return {
      device: await fetchDocument(app.devicePort, { ca, cert, key }),
      clinician: await fetchDocument(app.clinicianPort, { ca }),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Problem details travel under their own media type (RFC 9457 section 3); the plugin knows `application/json` only. */
function withProblemMediaType(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withProblemMediaType);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const schema = (item as JsonSchema | null)?.schema as JsonSchema | undefined;
    const isProblem = key === 'application/json' && schema?.$ref === '#/components/schemas/ProblemDetails';
    return [isProblem ? 'application/problem+json' : key, withProblemMediaType(item)];
  });
  return Object.fromEntries(entries);
}

function pathsOf({ device, clinician }: Awaited<ReturnType<typeof documents>>): Record<string, JsonSchema> {
  const paths: Record<string, JsonSchema> = {};
  for (const [path, item] of Object.entries(device.paths))
    paths[path] = { servers: [SERVERS.device], ...item };
  for (const [path, item] of Object.entries(clinician.paths)) {
    const both = path in paths ? [SERVERS.device, SERVERS.clinician] : [SERVERS.clinician];
    paths[path] = { servers: both, ...item };
  }
  return paths;
}

/** The OpenAPI 3.1 document of both listeners, from the schemas of their routes. */
export async function openApiJson(): Promise<string> {
  const both = await documents();
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Vitalwire REST',
      version: 'v1',
      description:
        'Generated by `npm run docs` from the route schemas of both listeners. The sockets are described in asyncapi.yaml.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [SERVERS.device, SERVERS.clinician],
    paths: withProblemMediaType(withReferences(pathsOf(both), SHARED)),
    components: {
      securitySchemes: both.clinician.components.securitySchemes,
      schemas: {
        Alarm: component(plain(AlarmSchema), SHARED),
        ...Object.fromEntries(
          Object.entries(ALARM_FORMS).map(([name, form]) => [name, component(plain(form), SHARED)]),
        ),
        PatientSnapshot: component(plain(PatientSnapshot), SHARED),
        ProblemDetails: component(plain(ProblemDetails), SHARED),
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
