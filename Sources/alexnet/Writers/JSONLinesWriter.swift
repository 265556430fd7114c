import Classification

/// One record a line, in the order of the inputs, each written as soon as it is known.
struct JSONLinesWriter: RecordWriter {
  let output: ResultOutput
  let model: String

  mutating func write(_ record: Record) throws(OutputError) {
    try output.write(record.json(model: model).text + "\n")
  }
}
