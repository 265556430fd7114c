import JSON
public import System
import WeightFiles

/// Reads metadata entries from a file that holds a JSON object.
public enum MetadataFile {
  /// The members of the object. Strings have no quotes, and all other values are JSON text.
  ///
  /// - Throws: ``ModelError``.
  public static func read(_ path: RawPath) throws(ModelError) -> [String: String] {
    let bytes: [UInt8]
    do {
      bytes = try readFile(path, limit: Safetensors.maxHeaderLength, acceptsFIFO: true)
    } catch {
      throw .unreadable(error)
    }
    let value: JSONValue
    do {
      value = try JSONValue.parse(bytes.span, maxValues: JSONValue.maxMetadataValues)
    } catch {
      throw .badDescription(file: path.repaired, error)
    }
    guard case .object = value else { throw .badDescription(file: path.repaired, nil) }
    var file = WeightFile(tensors: [])
    file.addMetadata(value)
    return file.metadata
  }
}
