import Classification
import JSON
import System

/// Writes the records of inputs that failed to a file of their own, as JSON Lines, and gives all
/// others to another writer. The file appears when the run ends, even if none failed.
struct FailureFile: RecordWriter {
  private let failures: ResultOutput
  private var base: any RecordWriter<[Prediction]>
  private let stop: StopFlag?

  /// - Parameter stop: gives the file up if it is raised; nil where the other records stay, too.
  init(_ failures: ResultOutput, _ base: any RecordWriter<[Prediction]>, stop: StopFlag?) {
    self.failures = failures
    self.stop = stop
    self.base = base
  }

  var reportsFailures: Bool { base.reportsFailures }

  mutating func begin() throws(OutputError) { try base.begin() }

  mutating func write(_ record: Record) throws(OutputError) {
    if case .failed = record.outcome {
      try failures.write(record.json { _ in [] }.text + "\n")
    } else {
      try base.write(record)
    }
  }

  mutating func finish() throws(OutputError) {
    try base.finish()
    if stop?.isRaised == true { failures.abandon() } else { try failures.commit() }
  }
}
