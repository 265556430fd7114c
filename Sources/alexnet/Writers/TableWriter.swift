import Classification
import Images
import System

/// Writes a table for people: a block of lines for each input, with label, percentage and a bar.
/// Failed inputs are reported on standard error.
struct TableWriter: RecordWriter {
  let output: ResultOutput
  let console: Console
  let style: TextStyle
  /// The path of the input if only one was named. If it is a file, its block has no name above it.
  /// If it is a directory, the records have other paths, and their blocks have names.
  let soleInput: RawPath?
  let reportsFailures = true
  private var isFirst = true

  private static let barWidth = 20
  private static let narrowestLabel = 16

  init(output: ResultOutput, console: Console, soleInput: RawPath?) {
    self.output = output
    self.console = console
    self.soleInput = soleInput
    style = TextStyle(isEnabled: output.wantsColor)
  }

  mutating func write(_ record: Record) throws(OutputError) {
    switch record.outcome {
    case .answered(let size, let predictions):
      let showsPath = record.path != soleInput
      var text = ""
      if showsPath {
        if !isFirst { text += "\n" }
        let name = DisplayText.printable(record.path.repaired)
        text += style.bold(name) + style.dim("  \(size.width)x\(size.height)") + "\n"
      }
      let indent = showsPath ? "  " : ""
      text += lines(predictions, indent: indent)
      if let group = record.group {
        text += indent + style.dim("group  \(group.name)") + "  "
        text += DisplayText.percent(Double(group.probability), digits: 1) + "\n"
      }
      isFirst = false
      try output.write(text)
    case .failed(let failure):
      console.error("\(record.path.repaired): \(failure.message)")
    }
  }

  private func lines(_ predictions: [Prediction], indent: String) -> String {
    guard !predictions.isEmpty else { return indent + "no class is probable enough\n" }
    let labels = predictions.map { DisplayText.printable($0.label) }
    let labelWidth = max(Self.narrowestLabel, labels.map(DisplayText.width).max() ?? 0)
    return zip(predictions, labels).map { prediction, label in
      let percentage = DisplayText.rightAligned(
        DisplayText.percent(Double(prediction.probability), digits: 1), to: 6)
      let bar = Self.bar(prediction.probability)
      let padded = DisplayText.padded(label, to: labelWidth)
      return indent + (prediction.rank == 1 ? style.bold(padded) : padded) + "  " + percentage
        + (bar.isEmpty ? "" : "  " + style.green(bar)) + "\n"
    }.joined()
  }

  /// A bar whose length is a multiple of an eighth of a column; it is full at probability 1.
  private static func bar(_ probability: Float) -> String {
    let eighths = Int((min(max(probability, 0), 1) * Float(barWidth * 8)).rounded())
    let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let full = String(repeating: "█", count: eighths / 8)
    return eighths % 8 == 0 ? full : full + String(parts[eighths % 8 - 1])
  }
}
