public import System
import Tensors
import WeightFiles

/// What compressing a weight file did to it.
public struct CompressionReport: Sendable, Equatable {
  public let originalBytes: Int
  public let compactBytes: Int
}

extension ModelLibrary {
  /// Writes the compact form (`CompactForm`) of a weight file.
  ///
  /// - Parameters:
  ///   - density: the share of its weights that a fully connected layer keeps, the largest ones,
  ///     by layer (`fc6`); the others keep all that are not 0.
  ///   - description: a JSON file whose members become metadata entries, where the weight file has
  ///     none of that name.
  /// - Throws: ``ModelError``; then there is no new file.
  public func compress(
    _ path: RawPath, to output: RawPath, density: [String: Double] = [:],
    description: RawPath? = nil
  ) throws(ModelError) -> CompressionReport {
    let storage = try Self.map(path)
    let weights = try NativeForm(options: ImportOptions()).weights(from: path, storage)
    let reader = try ModelReader(weights, file: path.repaired)
    for case .quantized in reader.parameters.values { throw .alreadyCompact(file: path.repaired) }
    // What cannot be opened is not worth compressing.
    _ = try reader.model(origin: .file(path.repaired))

    var compact: WeightFile
    do {
      compact = try CompactForm.encode(
        weights,
        density: Dictionary(uniqueKeysWithValues: density.map { ($0 + ".weight", $1) }))
    } catch {
      throw .damaged(file: path.repaired, error)
    }
    if let description { compact.addMetadata(try Self.readDescription(description)) }
    compact.metadata["source"] =
      JSONValue.object([
        .init("file", .string(String(decoding: path.lastComponent, as: UTF8.self))),
        Digest(.sha256, of: storage).member,
      ]).text
    let size = try Self.write(compact, to: output)
    return CompressionReport(originalBytes: storage.count, compactBytes: size)
  }

  private static func readDescription(_ path: RawPath) throws(ModelError) -> JSONValue {
    let bytes: [UInt8]
    do {
      bytes = try readFile(path, limit: Safetensors.maxHeaderLength)
    } catch {
      throw .unreadable(error)
    }
    let value: JSONValue
    do {
      value = try JSONValue.parse(bytes.span)
    } catch {
      throw .badDescription(file: path.repaired, error)
    }
    guard case .object = value else { throw .badDescription(file: path.repaired, nil) }
    return value
  }
}
