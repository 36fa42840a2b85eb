// A server of Hocuspocus: node hocuspocus.mjs PORT [SQLITE_FILE]. With its defaults: it stores a document 2 s after a
// change, at the latest after 10 s. Its database extension over the SQLite of Node, as its SQLite extension has it.
import { createRequire } from 'node:module'

const require = createRequire(process.env.PEERS + '/')
const { Server } = require('@hocuspocus/server')
const [port, file] = process.argv.slice(2)
const extensions = []
if (file) {
  const { Database } = require('@hocuspocus/extension-database')
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(file)
  database.exec('create table if not exists documents (name varchar(255) not null, data blob not null, unique(name))')
  const load = database.prepare('select data from documents where name = ?')
  const keep = database.prepare('insert into documents (name, data) values (?, ?) on conflict(name) do update set data = excluded.data')
  extensions.push(new Database({
    fetch: async ({ documentName }) => load.get(documentName)?.data ?? null,
    store: async ({ documentName, state }) => { keep.run(documentName, state) }
  }))
}
const server = new Server({ address: '127.0.0.1', port: +port, quiet: true, extensions })
await server.listen()
