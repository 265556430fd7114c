import Classification

/// Writes one record after another in one format. Every call leaves whole lines behind, but for the
/// JSON array, whose comma can only be written when the next record comes.
protocol RecordWriter {
  mutating func begin() throws(OutputError)
  mutating func write(_ record: Record) throws(OutputError)
  /// Also called where the work was cut short, so that a JSON array is closed all the same.
  mutating func finish() throws(OutputError)
}

extension RecordWriter {
  mutating func begin() throws(OutputError) {}
  mutating func finish() throws(OutputError) {}
}
