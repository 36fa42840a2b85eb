// Prints what a page downloads: the minified bundle, as it is and compressed by gzip.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const bytes = readFileSync("dist/thalweg.min.js");
console.log(`dist/thalweg.min.js: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} with gzip`);
