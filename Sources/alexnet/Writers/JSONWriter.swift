import Classification
import JSON

/// Writes one JSON array with one record on each line, so that it can also be read line by line.
struct JSONWriter: RecordWriter {
  let output: ResultOutput
  let model: AnsweringModel
  private var isFirst = true

  init(output: ResultOutput, model: AnsweringModel) {
    self.output = output
    self.model = model
  }

  mutating func write(_ record: Record) throws(OutputError) {
    try output.write((isFirst ? "[\n" : ",\n") + record.json(model: model).text)
    isFirst = false
  }

  mutating func finish() throws(OutputError) {
    try output.write(isFirst ? "[]\n" : "\n]\n")
  }
}
