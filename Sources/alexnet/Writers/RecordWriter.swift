import Classification

/// Writes one record after another in one format. Every call leaves whole lines behind, but for the
/// JSON array, whose comma can only be written when the next record comes.
protocol RecordWriter {
  /// Whether inputs that failed are named on standard error, and not in the output.
  var reportsFailures: Bool { get }
  mutating func begin() throws(OutputError)
  mutating func write(_ record: Record) throws(OutputError)
  /// Also called where the work was cut short, so that a JSON array is closed all the same.
  mutating func finish() throws(OutputError)
}

extension RecordWriter {
  var reportsFailures: Bool { false }
  mutating func begin() throws(OutputError) {}
  mutating func finish() throws(OutputError) {}
}
