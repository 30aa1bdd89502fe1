import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogColumns, tableNames, viewNames } from '../store.ts';

/** The role that a reading connection takes on and that may do nothing but read. */
export const readerRole = 'weir_reader';

/**
 * Writes the embedded ClickHouse's configuration and answers with its path. It has one user; at first that user is the role
 * `weir_writer`, and a connection that sets `weir_reader` keeps the rights of that alone.
 */
export async function writeAccessControl(folder: string): Promise<string> {
  const place = join(folder, 'weir-access');
  await mkdir(place, { recursive: true });
  const users = join(place, 'users.xml');
  const config = join(place, 'config.xml');
  await writeFile(users, usersXml());
  await writeFile(config, configXml(users));
  return config;
}

function usersXml(): string {
  const readable = [...tableNames, ...viewNames].map((name) => grant(`SELECT ON weir.${name}`));
  const catalog = Object.entries(catalogColumns).map(([table, columns]) =>
    grant(`SELECT(${columns.join(', ')}) ON system.${table}`),
  );
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>${grant('weir_writer')}${grant(readerRole)}</grants>
    </default>
  </users>
  <roles>
    <weir_writer><grants>${grant('ALL ON *.*')}</grants></weir_writer>
    <${readerRole}><grants>${[...readable, ...catalog].join('')}</grants></${readerRole}>
  </roles>
</clickhouse>
`;
}

function configXml(users: string): string {
  const path = users.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<clickhouse>
  <users_config>${path}</users_config>
  <user_directories><users_xml><path>${path}</path></users_xml></user_directories>
</clickhouse>
`;
}

function grant(what: string): string {
  return `<query>GRANT ${what}</query>`;
}
