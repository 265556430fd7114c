#!/bin/sh
# Regenerates the Swift sources of the .proto files in Sources/WeightFiles. Needs protoc (Debian's
# protobuf-compiler, Homebrew's protobuf). The plugin is built once, outside the package, in the
# version of swift-protobuf that Package.swift asks for. Run it after a change to a .proto file.
set -eu
version=1.39.0
root=$(cd "$(dirname "$0")/.." && pwd)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/alexnet-tools/swift-protobuf-$version
plugin=${PROTOC_GEN_SWIFT:-$tools/.build/debug/protoc-gen-swift}
if [ ! -x "$plugin" ]; then
  git clone --quiet --depth 1 --branch "$version" https://github.com/apple/swift-protobuf "$tools"
  swift build --package-path "$tools" --product protoc-gen-swift
fi
for proto in Caffe/caffe.proto ONNX/onnx.proto; do
  protoc --plugin=protoc-gen-swift="$plugin" \
    --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
    --proto_path="$root/Sources/WeightFiles" --swift_out="$root/Sources/WeightFiles" \
    "$proto"
done
# The plugin does not yet mark its one unsafe expression, which strict memory safety asks for.
for swift in Caffe/caffe.pb.swift ONNX/onnx.pb.swift; do
  sed 's/var _storage = _StorageClass/var _storage = unsafe _StorageClass/' \
    "$root/Sources/WeightFiles/$swift" > "$root/Sources/WeightFiles/$swift.new"
  mv "$root/Sources/WeightFiles/$swift.new" "$root/Sources/WeightFiles/$swift"
done
