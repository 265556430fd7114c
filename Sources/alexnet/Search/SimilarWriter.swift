import Classification
import Images
import JSON
import Search
import System

/// Writes the photos that look like each query, as a table, JSON, JSON Lines or CSV.
struct SimilarWriter: RecordWriter {
  let output: ResultOutput
  let format: OutputFormat
  let model: String
  let layer: String
  /// The path of the query if only one was named; a table has no name above its block then.
  let soleInput: RawPath?
  let console: Console
  private var isFirst = true

  init(
    output: ResultOutput, format: OutputFormat, model: String, layer: String, soleInput: RawPath?,
    console: Console
  ) {
    self.output = output
    self.format = format
    self.model = model
    self.layer = layer
    self.soleInput = soleInput
    self.console = console
  }

  /// A table has no place for errors.
  var reportsFailures: Bool { format == .table }

  static let columns = [
    "path", "path_base64", "width", "height", "model", "layer", "rank", "similar_path",
    "similar_path_base64", "similarity", "error_code", "error_message", "archive",
  ]

  mutating func begin() throws(OutputError) {
    if format == .csv { try output.write(lines: CSV.row(Self.columns)) }
  }

  mutating func write(_ record: InputRecord<[SimilarPhoto]>) throws(OutputError) {
    switch format {
    case .table: try writeTable(record)
    case .jsonl: try output.write(json(record).text + "\n")
    case .json: try output.write((isFirst ? "[\n" : ",\n") + json(record).text)
    case .csv: try output.write(lines: rows(record))
    }
    isFirst = false
  }

  mutating func finish() throws(OutputError) {
    if format == .json { try output.write(isFirst ? "[]\n" : "\n]\n") }
  }

  private func writeTable(_ record: InputRecord<[SimilarPhoto]>) throws(OutputError) {
    guard case .answered(let size, let found) = record.outcome else {
      if case .failed(let failure) = record.outcome {
        console.error("\(record.path.repaired): \(failure.message)")
      }
      return
    }
    let style = TextStyle(isEnabled: output.wantsColor)
    var text = ""
    let showsPath = record.path != soleInput
    if showsPath {
      if !isFirst { text += "\n" }
      text +=
        style.bold(DisplayText.printable(record.path.repaired))
        + style.dim("  \(size.width)x\(size.height)") + "\n"
    }
    let indent = showsPath ? "  " : ""
    if found.isEmpty { text += indent + "no photo is similar enough\n" }
    let width = String(found.count).count
    for photo in found {
      text +=
        indent + DisplayText.rightAligned(String(photo.rank), to: width) + "  "
        + DisplayText.similarity(photo.similarity) + "  "
        + DisplayText.printable(photo.photo.path.repaired) + "\n"
    }
    try output.write(text)
  }

  private func json(_ record: InputRecord<[SimilarPhoto]>) -> JSONValue {
    record.json { found in
      [
        .init("model", .string(model)), .init("layer", .string(layer)),
        .init("similar", .array(found.map(\.json))),
      ]
    }
  }

  private func rows(_ record: InputRecord<[SimilarPhoto]>) -> String {
    let path = [record.path.repaired, record.path.isUTF8 ? "" : record.path.base64]
    let archive = record.archive?.repaired ?? ""
    switch record.outcome {
    case .answered(let size, let found):
      return found.map { similar in
        let other = similar.photo.path
        return CSV.row(
          path + [String(size.width), String(size.height), model, layer, String(similar.rank)]
            + [other.repaired, other.isUTF8 ? "" : other.base64, similar.similarity.description]
            + ["", "", archive])
      }.joined()
    case .failed(let failure):
      return CSV.row(
        path + Array(repeating: "", count: 8) + [failure.code.rawValue, failure.message, archive])
    }
  }
}

extension SimilarPhoto {
  /// The photo in the form that `alexnet help search` documents.
  var json: JSONValue {
    .object(
      [.init("rank", .integer(rank))] + photo.path.jsonMembers("path") + [
        .init("similarity", .float(similarity)), .init("width", .integer(photo.size.width)),
        .init("height", .integer(photo.size.height)),
      ])
  }
}

extension DisplayText {
  /// A similarity of -1 to 1, with four digits.
  static func similarity(_ value: Float) -> String {
    (value < 0 ? "-" : "") + fixed(Double(abs(value)), 4)
  }
}
