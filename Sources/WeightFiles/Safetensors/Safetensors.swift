import Tensors

/// The safetensors format: an 8-byte little-endian header length, a JSON header, the values.
///
/// Source: "Format" in the README of huggingface/safetensors, and the checks of its
/// `safetensors/src/tensor.rs`.
///
/// It is the format in which this program writes models. The metadata has these entries:
/// - `name`: the name of the model.
/// - `variant`: `alexnet`, `caffenet`, `bvlc_alexnet` or `torchvision`.
/// - `classes`: WordNet ids or class names, in the order of the outputs.
/// - `labels`: readable names, in the same order.
/// - `preprocessing`: the steps from a picture to the network's input.
/// - `lrn`: the constants of the local response normalisation.
/// - `inputSize`: height and width of the network's input, if they differ from the variant's.
/// - `pooling`: whether the output sizes of poolings are rounded `up` or `down`.
/// - `training`, `accuracy`, `license`, `source`: where the weights come from, how accurate they
///   are, and what they may be used for.
/// - `dataDigest`: the SHA-256 of all bytes after the header.
/// - `sparse`: the shapes of the matrices that are stored sparse.
/// - ``Safetensors/markerEntry``: marks these entries as this program's own. Other programs use
///   some of the same names for other things.
public enum Safetensors {
  /// The metadata entry that every file of this program has; its value is the version of the
  /// entries.
  public static let markerEntry = "alexnet"

  /// The longest header that is read, as in the reference implementation.
  public static let maxHeaderLength = 100_000_000

  /// In files that this program writes, the position of the first value is a multiple of this.
  public static let dataAlignment = 64

  static let metadataName = "__metadata__"

  /// Whether `storage` begins as a safetensors file does.
  public static func matches(_ storage: Storage) -> Bool {
    guard storage.count >= 10 else { return false }
    return storage.withBytes(0..<9) { bytes in
      headerLength(bytes) <= maxHeaderLength && bytes[8] == UInt8(ascii: "{")
    }
  }

  /// The position of the first value; nil if this is not a safetensors file.
  public static func dataStart(in storage: Storage) -> Int? {
    guard matches(storage) else { return nil }
    let length = storage.withBytes(0..<8) { headerLength($0) }
    return Int(length) + 8 <= storage.count ? Int(length) + 8 : nil
  }

  static func headerLength(_ bytes: Span<UInt8>) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
  }
}
