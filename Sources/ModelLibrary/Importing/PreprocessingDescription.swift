public import Preprocessing
public import System

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads preprocessing as a user gives it: the name of a preset, a JSON text, or a file that holds such
/// a text.
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
    do {
      return try JSONDecoder().decode(Preprocessing.self, from: Data(text))
    } catch let error as PreprocessingError {
      throw .badPreprocessing(error.description)
    } catch {
      throw .badPreprocessing("it is no JSON")
    }
  }
}
