import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// The metadata entry with which a file of the library is verified. It has the SHA-256 digest of
  /// all bytes after the header.
  static let dataDigestEntry = "dataDigest"

  /// Writes a model into the library.
  func install(
    _ weights: WeightFile, in file: NewModelFile, stop: StopFlag? = nil
  ) throws(ModelError) -> InstalledModel {
    _ = try file.write(weights, stop: stop)
    return try requireInstalled(file.name ?? "")
  }

  /// The digest of the values as they will be written.
  static func dataDigest(of file: WeightFile) -> String {
    var builder = DigestBuilder(.sha256)
    var isHeader = true
    Safetensors.write(file) { (bytes: Span<UInt8>) in
      if !isHeader { builder.update(bytes) }
      isHeader = false
    }
    return builder.digest.hexadecimal
  }

  /// The digest of the values in a file.
  static func dataDigest(of storage: Storage) -> Digest {
    var builder = DigestBuilder(.sha256)
    let start = Safetensors.dataStart(in: storage) ?? storage.count
    storage.withBytes(start..<storage.count) { builder.update($0) }
    return builder.digest
  }
}
