import Classification
import Explanation
import JSON
import System

/// Writes a record for each photo, and its picture and values where they are wanted.
struct ExplanationWriter: RecordWriter {
  let output: ExplanationOutput
  let format: ExplanationFormat
  let model: String
  let method: ExplanationMethod
  let console: Console
  private var isFirst = true

  init(
    output: ExplanationOutput, format: ExplanationFormat, model: String,
    method: ExplanationMethod, console: Console
  ) {
    self.output = output
    self.format = format
    self.model = model
    self.method = method
    self.console = console
  }

  var reportsFailures: Bool { format == .text }

  mutating func write(_ record: InputRecord<PhotoExplanation>) throws(OutputError) {
    var files: [JSONValue.Member] = []
    if case .answered(_, let explanation) = record.outcome {
      if let path = try output.write(picture: explanation.picture, of: record.path) {
        files.append(.init("picture", .string(path.repaired)))
      }
      if let path = try output.write(maps: explanation.classes.map(\.raw)) {
        files.append(.init("array", .string(path.repaired)))
      }
    }
    switch format {
    case .text: try writeText(record)
    case .json: try output.write((isFirst ? "[\n" : ",\n") + json(record, files).text)
    case .jsonl: try output.write(json(record, files).text + "\n")
    }
    isFirst = false
  }

  mutating func finish() throws(OutputError) {
    if format == .json { try output.write(isFirst ? "[]\n" : "\n]\n") }
  }

  private func json(
    _ record: InputRecord<PhotoExplanation>, _ files: [JSONValue.Member]
  ) -> JSONValue {
    let source = [JSONValue.Member("model", .string(model))] + method.members
    return record.json { explanation in source + explanation.members + files }
  }

  private func writeText(_ record: InputRecord<PhotoExplanation>) throws(OutputError) {
    switch record.outcome {
    case .failed(let failure): console.error("\(record.path.repaired): \(failure.message)")
    case .answered(_, let explanation):
      let labels = explanation.classes.map { DisplayText.printable($0.prediction.label) }
      let width = labels.map(DisplayText.width).max() ?? 0
      let style = TextStyle(isEnabled: output.wantsColor)
      let lines = zip(explanation.classes, labels).map { found, label in
        let percentage = DisplayText.percent(Double(found.prediction.probability), digits: 1)
        return style.bold(DisplayText.padded(label, to: width)) + "  "
          + DisplayText.rightAligned(percentage, to: 6) + "  " + place(of: found) + "\n"
      }
      try output.write(lines.joined())
    }
  }

  private func place(of found: ClassExplanation) -> String {
    let isGradient = method == .gradient
    guard let peak = found.peak else {
      return isGradient ? "no gradient" : "no positive evidence"
    }
    let box = found.box.map { box in
      "; box \(box.width) x \(box.height) at \(box.x), \(box.y)"
    }
    return (isGradient ? "largest gradient at " : "strongest evidence at ")
      + "\(peak.x), \(peak.y)" + (box ?? "")
  }
}
