import JSON
public import Preprocessing
public import System

/// Reads preprocessing as a user gives it: the name of a preset, a JSON text, or a file that holds
/// such a text.
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
        text = try readFile(path, limit: sizeLimit)
      } catch {
        throw .badPreprocessing(
          "'\(argument)' is none of \(Preprocessing.presets.keys.sorted().joined(separator: ", ")),"
            + " and no file: \(error.reason)")
      }
    }
    return try Preprocessing(parsing: text) { .badPreprocessing($0) }
  }
}

extension Preprocessing {
  /// Reads the JSON form from a text.
  ///
  /// - Parameter failure: the error for this reason.
  init(
    parsing text: [UInt8], failure: (String) -> ModelError
  ) throws(ModelError) {
    let json: JSONValue
    do {
      json = try JSONValue.parse(text.span)
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
