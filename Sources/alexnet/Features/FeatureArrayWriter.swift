import Classification
import JSON
import Tensors
import WeightFiles

/// Writes features as one array, `[inputs, values]`, in the format of its file.
///
/// An input that failed has a row of NaN, so that row `n` always belongs to input `n`.
struct FeatureArrayWriter: RecordWriter {
  let file: FeatureArrayFile
  let source: FeatureSource
  private var rows = 0

  init(file: FeatureArrayFile, source: FeatureSource) {
    self.file = file
    self.source = source
  }

  mutating func begin() throws(OutputError) {
    try file.append(beginning(records: 0))
  }

  mutating func write(_ record: InputRecord<[Float]>) throws(OutputError) {
    var values = [Float](repeating: .nan, count: source.length)
    if case .answered(_, let features) = record.outcome { values = features }
    try file.append(Self.littleEndian(values))
    let json = record.json(first: [.init("row", .integer(rows))]) { _ in source.members }
    try file.append(record: json.text + "\n")
    rows += 1
  }

  mutating func finish() throws(OutputError) {
    let records = try file.appendRecords()
    try file.replaceBeginning(beginning(records: records))
  }

  /// What the file has before the values: as long at the end of the run as at its beginning.
  ///
  /// - Parameter records: how many bytes of records stand behind the values.
  private func beginning(records: Int) -> [UInt8] {
    switch file.format {
    case .numpy:
      return NumPy.matrixHeader(rows: rows, columns: source.length)
    case .safetensors:
      let room = header(rows: 0, records: 0, length: 0).count
      // Five numbers grow, each to at most 19 digits.
      return header(rows: rows, records: records, length: room + 128)
    }
  }

  private func header(rows: Int, records: Int, length: Int) -> [UInt8] {
    Safetensors.header(
      [
        .init("features", .float32, [rows, source.length]), .init("records", .uint8, [records]),
      ], metadata: source.metadata, minimumLength: length)
  }

  static func littleEndian(_ values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values {
      let bits = value.bitPattern
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
    }
    return bytes
  }
}
