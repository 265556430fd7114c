import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// The metadata entry that a file of the library is verified by: the SHA-256 of everything behind
  /// its header.
  static let dataDigestEntry = "dataDigest"

  /// Writes a model into the library.
  func install(
    _ weights: WeightFile, as name: String
  ) throws(ModelError) -> InstalledModel {
    let home = try requireHome()
    var weights = weights
    weights.metadata["name"] = name
    weights.metadata[Self.dataDigestEntry] = Self.dataDigest(of: weights)
    do {
      try makeFolder(home.models)
    } catch {
      throw .unwritable(error)
    }
    _ = try Self.write(weights, to: home.modelFile(name))
    return try requireInstalled(name)
  }

  /// Writes a whole file or none, and returns its size. A device or a FIFO is written as it is,
  /// never replaced.
  static func write(_ file: WeightFile, to path: RawPath) throws(ModelError) -> Int {
    let output: any OutputTarget
    do {
      output = try openOutput(path)
    } catch {
      throw .unwritable(error)
    }
    do throws(SystemError) {
      var size = 0
      try Safetensors.write(file) { (bytes) throws(SystemError) in
        try output.write(bytes)
        size += bytes.count
      }
      try output.commit()
      return size
    } catch {
      output.abandon()
      throw .notWritten(error)
    }
  }

  /// The digest of the values as they will be written.
  private static func dataDigest(of file: WeightFile) -> String {
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
