import JSON
public import Preprocessing
public import System
import WeightFiles

/// Reads the user's description of preprocessing: the name of a preset, a JSON text, or the path of
/// a file with such a text.
public enum PreprocessingDescription {
  private static let sizeLimit = 1 << 20

  /// - Parameter path: the same argument, as a path.
  /// - Throws: ``ModelError``.
  public static func read(
    _ argument: String, path: RawPath
  ) throws(ModelError) -> Preprocessing {
    if let preset = Preprocessing.presets[argument] { return preset }
    let text: [UInt8]
    if argument.hasPrefix("{") {
      text = Array(argument.utf8)
    } else {
      do {
        text = try readFile(path, limit: sizeLimit, acceptsFIFO: true)
      } catch {
        throw .badPreprocessing(
          "'\(argument)' is none of \(Preprocessing.presets.keys.sorted().joined(separator: ", ")),"
            + " and not a file: \(error.reason)")
      }
    }
    return try Preprocessing(parsing: text) { .badPreprocessing($0) }
  }
}

extension Preprocessing {
  /// Reads the JSON form from a text.
  ///
  /// - Parameter failure: makes the error to throw from a reason.
  init(
    parsing text: [UInt8], failure: (String) -> ModelError
  ) throws(ModelError) {
    let json: JSONValue
    do {
      json = try JSONValue.parse(text.span, maxValues: JSONValue.maxMetadataValues)
    } catch {
      throw failure("it is not JSON: \(error)")
    }
    do {
      self = try Preprocessing(json: json)
    } catch {
      throw failure(error.description)
    }
  }
}
