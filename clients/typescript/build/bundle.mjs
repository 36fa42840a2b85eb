// Bundles by esbuild. Without arguments: dist/index.js, and dist/thalweg.min.js for a page without a
// bundler. With "tests": each test, by itself, into target/test.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning" };
if (process.argv[2] === "tests") {
  rmSync("target/test", { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`),
    outdir: "target/test",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    packages: "external",
    sourcemap: "inline",
  });
} else {
  const source = { ...common, entryPoints: ["src/index.ts"], platform: "neutral", sourcemap: true };
  await build({ ...source, outfile: "dist/index.js" });
  await build({ ...source, outfile: "dist/thalweg.min.js", minify: true });
}
