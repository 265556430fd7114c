import Classification

/// Writes records as another writer does, and adds them to a report with their thumbnails.
struct ReportingWriter: RecordWriter {
  var writer: any RecordWriter<[Prediction]>
  /// Nil where every record is written as it is.
  let selection: PhotoSelection?
  let report: RunReport

  var reportsFailures: Bool { writer.reportsFailures }

  mutating func begin() throws(OutputError) { try writer.begin() }

  mutating func write(_ record: InputRecord<Illustrated<[Prediction]>>) throws(OutputError) {
    let whole = record.withoutThumbnail
    guard let plain = selection.map({ $0.apply(to: whole) }) ?? whole else { return }
    try writer.write(plain)
    try report.add(plain, thumbnail: record.thumbnail)
  }

  mutating func finish() throws(OutputError) { try writer.finish() }
}

extension InputRecord where Answer == Illustrated<[Prediction]> {
  /// The record as it would be without a report.
  var withoutThumbnail: Record {
    switch outcome {
    case .answered(let size, let answer):
      Record(path: path, archive: archive, outcome: .answered(size: size, answer.answer))
    case .failed(let failure): Record(path: path, archive: archive, outcome: .failed(failure))
    }
  }

  var thumbnail: [UInt8]? {
    if case .answered(_, let answer) = outcome { answer.thumbnail } else { nil }
  }
}
