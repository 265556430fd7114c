import Classification
import Images
import JSON
import System

/// Writes one JSON record on each line, with the features as an array of numbers.
struct FeatureLinesWriter: RecordWriter {
  let output: ResultOutput
  let source: FeatureSource

  mutating func write(_ record: InputRecord<[Float]>) throws(OutputError) {
    let json = record.json { features in
      source.members + [.init("features", .array(features.map(JSONValue.float)))]
    }
    try output.write(json.text + "\n")
  }
}

/// Writes CSV: a header, and one row for each input, with a column for each value. An input that
/// failed has a row without values.
struct FeatureCSVWriter: RecordWriter {
  let output: ResultOutput
  let source: FeatureSource

  static let columns = [
    "path", "path_base64", "width", "height", "model", "layer", "error_code", "error_message",
  ]

  mutating func begin() throws(OutputError) {
    try output.write(lines: CSV.row(Self.columns + (0..<source.length).map { "feature_\($0)" }))
  }

  mutating func write(_ record: InputRecord<[Float]>) throws(OutputError) {
    let path = [record.path.repaired, record.path.isUTF8 ? "" : record.path.base64]
    switch record.outcome {
    case .answered(let size, let features):
      let names = [source.model, source.layerName, "", ""]
      try output.write(
        lines: CSV.row(
          path + [String(size.width), String(size.height)] + names + features.map(\.description)))
    case .failed(let failure):
      let blanks = Array(repeating: "", count: source.length)
      try output.write(
        lines: CSV.row(
          path + ["", "", "", "", failure.code.rawValue, failure.message] + blanks))
    }
  }
}
