/** What one folder of src may import, as the linter enforces it. */
export interface ImportRule {
  readonly folder: string;
  readonly folders: readonly string[];
  readonly libraries: readonly string[];
  readonly node: boolean;
}

interface BiomeConfiguration {
  readonly overrides: readonly {
    readonly includes: readonly string[];
    readonly linter: {
      readonly rules: {
        readonly style?: {
          readonly noRestrictedImports?: {
            readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
          };
        };
      };
    };
  }[];
}

/** The import rules of the linter's configuration, in its order: folders whose imports are listed one by one. */
export function importRules(biomeJson: string): ImportRule[] {
  const rules = new Map<string, ImportRule>();
  for (const { includes, linter } of (JSON.parse(biomeJson) as BiomeConfiguration).overrides) {
    const [, folder, files] = /^src\/([a-z]+)\/([^/]+)$/.exec(includes[0] ?? '') ?? [];
    const group = linter.rules.style?.noRestrictedImports?.options.patterns[0]?.group;
    if (folder === undefined || files === undefined || group === undefined) continue;
    const rule = ruleOf(folder, group);
    const whole = rules.get(folder);
    if (files === '**' || !whole) rules.set(folder, rule);
    else
      rules.set(folder, { ...whole, libraries: rule.libraries.map((library) => `${library} in ${files}`) });
  }
  return [...rules.values()];
}

function ruleOf(folder: string, group: readonly string[]): ImportRule {
  const allowed = group.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return {
    folder,
    folders: allowed.flatMap((pattern) => /^\.\.\/([a-z]+)\/\*\*$/.exec(pattern)?.[1] ?? []),
    libraries: allowed.filter((pattern) => !/^\.|^node:|\/\*$/.test(pattern) || pattern === '@fastify/*'),
    node: allowed.includes('node:*'),
  };
}
