// Reads a file of updates of version 1, one a line in Base64, and answers each with the text, the list and the
// state vector that Yjs makes of it, and whether something waits: JSON, one a line.
import * as Y from 'yjs'
import { readFileSync } from 'node:fs'

for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
  const doc = new Y.Doc()
  try {
    Y.applyUpdate(doc, Buffer.from(line, 'base64'))
    console.log(JSON.stringify({
      text: doc.getText('t').toString(),
      list: JSON.stringify(doc.getArray('a').toJSON()),
      map: JSON.stringify(doc.getMap('m').toJSON()),
      stateVector: Buffer.from(Y.encodeStateVector(doc)).toString('base64'),
      waits: doc.store.pendingStructs !== null || doc.store.pendingDs !== null
    }))
  } catch (e) {
    console.log(JSON.stringify({ error: String(e) }))
  }
}
