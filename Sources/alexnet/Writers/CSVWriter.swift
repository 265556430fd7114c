import Classification
import Images
import System

/// Writes CSV: a header, a row for each prediction, and a row for each input that failed.
struct CSVWriter: RecordWriter {
  let output: ResultOutput
  let model: String

  static let columns = [
    "path", "path_base64", "width", "height", "model", "rank", "index", "wnid", "label",
    "probability", "error_code", "error_message", "archive",
  ]

  mutating func begin() throws(OutputError) {
    try output.write(CSV.row(Self.columns))
  }

  mutating func write(_ record: Record) throws(OutputError) {
    let path = [record.path.repaired, record.path.isUTF8 ? "" : record.path.base64]
    let archive = record.archive?.repaired ?? ""
    switch record.outcome {
    case .answered(let size, let predictions):
      let picture = path + [String(size.width), String(size.height), model]
      let rows = predictions.map { prediction in
        CSV.row(
          picture + [
            String(prediction.rank), String(prediction.index), prediction.wnid ?? "",
            prediction.label, prediction.probability.description, "", "", archive,
          ])
      }
      try output.write(rows.joined())
    case .failed(let failure):
      let blanks = Array(repeating: "", count: Self.columns.count - 5)
      try output.write(
        CSV.row(path + blanks + [failure.code.rawValue, failure.message, archive]))
    }
  }
}
