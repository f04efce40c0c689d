// Makes static/vendor/editor/editor.js, the same bytes every time.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const outfile = new URL("../static/vendor/editor/editor.js", import.meta.url).pathname;
await build({ entryPoints: ["src/index.js"], bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", outfile });
const made = readFileSync(outfile);
console.log(`${made.length} bytes, ${gzipSync(made).length} gzipped, sha256 ${createHash("sha256").update(made).digest("hex")}`);
