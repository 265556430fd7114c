import JSON
import WeightFiles

/// Metadata entries that hold JSON.
public enum MetadataText {
  /// The text, written anew, if it is a JSON object or array; nil for all else.
  public static func canonicalJSON(_ text: String) -> String? {
    guard text.hasPrefix("{") || text.hasPrefix("["), let value = try? JSONValue.parse(text) else {
      return nil
    }
    return value.text
  }
}
