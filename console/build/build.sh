#!/bin/sh
# Builds the pages into target/classes, where there is a Node that can; a machine without one builds
# everything else, and its node serves a plain page at "/" that links to /docs.
set -eu
cd "$(dirname "$0")/.."
house=$(cd .. && pwd)
to=target/classes/META-INF/thalweg/console

leave_out() {
  echo "console: the pages were left out: $*"
  rm -rf "$to"
  exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || leave_out "there is no node and npm on the path"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' ||
  leave_out "they need Node 20.19, 22.12 or newer; there is $(node --version)"

# What the pages are made of; nothing is built again when it did not change.
stamp=$(find web public package.json package-lock.json vite.config.ts build/build.sh \
  "$house"/clients/typescript/src "$house"/clients/typescript/build "$house"/clients/typescript/package-lock.json \
  "$house"/services/*/src/main/protobuf "$house"/services/*/contract/src/main/protobuf \
  -type f ! -path '*/src/gen/*' ! -path '*/src/test/*' -exec cksum {} + 2>/dev/null | sort | cksum)
if [ -f target/stamp ] && [ "$(cat target/stamp)" = "$stamp" ] && [ -f "$to/index.html" ]; then
  exit 0
fi

# As the lock files say.
installed() { [ -f node_modules/.installed ] && cmp -s package-lock.json node_modules/.installed; }
install() {
  installed || {
    npm ci --silent --ignore-scripts --prefer-offline --no-audit --no-fund
    cp package-lock.json node_modules/.installed
  }
}
(cd "$house/clients/typescript" && install && npm run -s build)
install
npm run -s typecheck
npm run -s build -- --logLevel warn
rm -rf "$to"
mkdir -p "$to"
cp target/web/* "$to/"
echo "$stamp" >target/stamp
echo "console: $(gzip -c "$to"/*.js "$to"/*.css "$to"/index.html | wc -c) bytes compressed"
