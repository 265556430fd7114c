import Classification
import Images
import JSON

extension ClassifierOptions {
  /// The options that decide the pixels of a photo, by which runs are compared that go on.
  var decodingJSON: JSONValue {
    let background = decode.background
    return [
      "exact": .bool(exactDecode), "damaged": .bool(decode.allowDamaged),
      "max_pixels": .integer(decode.maxPixels),
      "background": .array(
        [background.red, background.green, background.blue].map { .integer(Int($0)) }),
    ]
  }
}
