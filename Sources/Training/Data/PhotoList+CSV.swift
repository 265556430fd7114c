import System

extension PhotoList {
  /// Reads a CSV file: columns `path` and `label` (or `class`, or `wnid`) in any order, which the
  /// first row names, or those two columns alone.
  ///
  /// What `alexnet classify --csv` writes is such a file: of the rows of a photo, the one of rank 1
  /// counts.
  init(csv list: RawPath) throws(TrainingDataError) {
    self.init(list: list)
    var rows = CSVRows(try Self.text(of: list))
    do throws(CSVRows.Problem) {
      guard let first = try rows.next() else { return }
      let header = try CSVColumns(header: first)
      let columns = header ?? CSVColumns(count: 2, path: 0, label: 1)
      var row = header == nil ? first : try rows.next()
      while let current = row {
        guard current.fields.count == columns.count else {
          throw CSVRows.Problem(line: current.line, text: columns.mismatch(current, header != nil))
        }
        if let error = addRow(columns, current) { throw error }
        row = try rows.next()
      }
    } catch {
      throw .badLine(list, line: error.line, problem: error.text)
    }
  }

  /// - Returns: what is wrong with the row.
  private mutating func addRow(_ columns: CSVColumns, _ row: CSVRows.Row) -> CSVRows.Problem? {
    func field(_ column: Int?) -> [UInt8] { column.map { row.fields[$0] } ?? [] }
    func text(_ column: Int?) -> String { CSVColumns.trimmed(field(column)) }
    var path = RawPath(field(columns.path))
    let encoded = text(columns.base64)
    if !encoded.isEmpty {
      guard let decoded = RawPath(base64: encoded) else {
        return CSVRows.Problem(line: row.line, text: "path_base64 is not base64")
      }
      path = decoded
    }
    let code = text(columns.errorCode)
    if !code.isEmpty {
      fail(path, code: code, message: text(columns.errorMessage))
      return nil
    }
    if columns.rank != nil, text(columns.rank) != "1" { return nil }
    guard String(validating: field(columns.label), as: UTF8.self) != nil else {
      return CSVRows.Problem(
        line: row.line, text: "the label is not UTF-8; save the list in that encoding")
    }
    let (wnid, label) = (text(columns.wnid), text(columns.label))
    let name =
      wnid.isEmpty
      ? ClassName(label) : ClassName(wnid: wnid, label: label.isEmpty ? nil : label)
    do throws(TrainingDataError) {
      try add(path, name, line: row.line)
      return nil
    } catch {
      guard case .badLine(_, let line, let problem) = error else { return nil }
      return CSVRows.Problem(line: line, text: problem)
    }
  }
}

/// Which column of a CSV file says what.
private struct CSVColumns {
  let count: Int
  let path: Int
  var label: Int?
  var wnid: Int?
  var base64: Int?
  var rank: Int?
  var errorCode: Int?
  var errorMessage: Int?

  init(count: Int, path: Int, label: Int) {
    self.count = count
    self.path = path
    self.label = label
  }

  /// Nil where the row names no columns.
  ///
  /// - Throws: where it names only one of the two that are needed.
  init?(header row: CSVRows.Row) throws(CSVRows.Problem) {
    let names = row.fields.map { Self.trimmed($0).lowercased() }
    func column(_ wanted: String...) -> Int? {
      wanted.lazy.compactMap { names.firstIndex(of: $0) }.first
    }
    let path = column("path", "file", "filename", "image")
    label = column("label", "class")
    wnid = column("wnid")
    let isHeader = path != nil && (label != nil || wnid != nil)
    if let path, isHeader {
      self.path = path
    } else if names.count == 2 && names[0] != "path" {
      return nil
    } else {
      throw CSVRows.Problem(
        line: row.line,
        text: "the first row must name the columns path and label, or there must be two columns")
    }
    count = names.count
    base64 = column("path_base64")
    rank = column("rank")
    errorCode = column("error_code")
    errorMessage = column("error_message")
  }

  func mismatch(_ row: CSVRows.Row, _ hasHeader: Bool) -> String {
    "there are \(row.fields.count) fields, and \(count) are expected"
      + (hasHeader ? ", as in the first line" : ": path and label")
  }

  /// The text without blanks around it.
  static func trimmed(_ field: [UInt8]) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let rest = field.drop(while: isBlank)
    let end = rest.lastIndex { !isBlank($0) }
    return String(decoding: end.map { rest[...$0] } ?? [], as: UTF8.self)
  }
}
