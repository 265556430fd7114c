import Classification
import JSON

/// Writes one JSON record on each line, in the order of the inputs, as soon as it is known.
struct JSONLinesWriter: RecordWriter {
  let output: ResultOutput
  let model: AnsweringModel

  mutating func write(_ record: Record) throws(OutputError) {
    try output.write(record.json(model: model).text + "\n")
  }
}
