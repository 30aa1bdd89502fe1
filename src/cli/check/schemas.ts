import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Finding } from '../../config/document.ts';
import { messageOf } from '../../core/errors.ts';
import type { Checked } from '../commands/check.ts';

const schemas = fileURLToPath(new URL('../../../schemas', import.meta.url));
/** Compiled, the numbered SQL files stay where they are in the source. */
const migrations = [join(schemas, 'clickhouse'), join(schemas, '..', '..', 'schemas', 'clickhouse')];

/** Every schema loads and can be told as JSON Schema; migrations are numbered without a gap. */
export async function checkSchemas(): Promise<Checked> {
  const findings: Finding[] = [];
  let howMany = 0;
  for (const file of modulesIn(schemas)) {
    const { found, fault } = await schemasOf(file);
    howMany += found;
    if (fault !== undefined) findings.push(at(file, fault));
  }
  return { what: `${howMany} schemas`, findings: [...findings, ...numbering()] };
}

async function schemasOf(file: string): Promise<{ found: number; fault?: string }> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    const found = Object.values(module).filter((value) => value instanceof z.ZodType);
    for (const schema of found) z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return { found: found.length };
  } catch (error) {
    return { found: 0, fault: messageOf(error) };
  }
}

function modulesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.(ts|js)$/.test(name))
    .map((name) => join(folder, name));
}

function numbering(): readonly Finding[] {
  for (const folder of migrations) {
    const files = namesIn(folder)
      .filter((name) => name.endsWith('.sql'))
      .toSorted();
    return files.flatMap((name, index) => {
      const expected = String(index + 1).padStart(4, '0');
      return name.startsWith(`${expected}_`)
        ? []
        : [at(join(folder, name), `expected number ${expected}: one after another, each once`)];
    });
  }
  return [];
}

function namesIn(folder: string): readonly string[] {
  const parent = join(folder, '..');
  return readdirSync(parent).includes(basename(folder)) ? readdirSync(folder) : [];
}

function at(file: string, message: string): Finding {
  return { file, line: 1, column: 1, severity: 'error', message };
}
