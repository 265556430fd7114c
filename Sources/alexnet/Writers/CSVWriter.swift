import Classification
import Images
import System

/// Writes CSV: a header, a row for each prediction, and a row for each input that has none.
struct CSVWriter: RecordWriter {
  let output: ResultOutput
  let model: AnsweringModel

  static let columns = [
    "path", "path_base64", "width", "height", "model", "rank", "index", "wnid", "label",
    "probability", "error_code", "error_message", "archive",
  ]
  /// What follows these where records have groups.
  static let groupColumns = ["group", "group_probability"]

  /// Whether records have groups.
  var hasGroups = false

  mutating func begin() throws(OutputError) {
    try output.write(lines: CSV.row(Self.columns + (hasGroups ? Self.groupColumns : [])))
  }

  mutating func write(_ record: Record) throws(OutputError) {
    let path = [record.path.repaired, record.path.isUTF8 ? "" : record.path.base64]
    var end = [record.archive?.repaired ?? ""]
    if hasGroups {
      end += [record.group?.name ?? "", record.group?.probability.description ?? ""]
    }
    switch record.outcome {
    case .answered(let size, let predictions):
      let picture = path + [String(size.width), String(size.height), model.name]
      // A photo without an answer that is probable enough still has its row.
      guard !predictions.isEmpty else {
        return try output.write(lines: CSV.row(picture + Array(repeating: "", count: 7) + end))
      }
      let rows = predictions.map { prediction in
        CSV.row(
          picture + [
            String(prediction.rank), String(prediction.index), prediction.wnid ?? "",
            prediction.label, prediction.probability.description, "", "",
          ] + end)
      }
      try output.write(lines: rows.joined())
    case .failed(let failure):
      let blanks = Array(repeating: "", count: Self.columns.count - 5)
      try output.write(
        lines: CSV.row(path + blanks + [failure.code.rawValue, failure.message] + end))
    }
  }
}
