import Classification

/// Writes records one after another in one format. Every call ends with a whole line, except in a
/// JSON array, where the comma can only be written when the next record comes.
protocol RecordWriter<Answer> {
  /// What the records carry.
  associatedtype Answer: Sendable

  /// Whether failed inputs are reported on standard error and not in the output.
  var reportsFailures: Bool { get }
  mutating func begin() throws(OutputError)
  mutating func write(_ record: InputRecord<Answer>) throws(OutputError)
  /// Ends the output. It is also called if the run was stopped early, so that a JSON array is
  /// always closed.
  mutating func finish() throws(OutputError)
}

extension RecordWriter {
  var reportsFailures: Bool { false }
  mutating func begin() throws(OutputError) {}
  mutating func finish() throws(OutputError) {}
}
