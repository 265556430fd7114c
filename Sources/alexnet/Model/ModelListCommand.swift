import ArgumentParser
import JSON
import ModelLibrary
import System

/// `alexnet model list`: lists the models that are installed or can be fetched.
struct ModelListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models that are installed or can be fetched.")

  @Flag(help: "Write one JSON array.")
  var json = false

  func run() throws {
    let library = ModelLibrary()
    let rows = ModelRow.all(in: library)
    let output = ResultOutput(console: Console())
    if json {
      try output.write(JSONValue.array(rows.map(\.json)).text + "\n")
    } else {
      try output.write(table(rows, style: TextStyle(isEnabled: output.wantsColor)))
    }
  }

  private func table(_ rows: [ModelRow], style: TextStyle) -> String {
    // Some of it is from the files of models.
    let lines = [ModelRow.header] + rows.map { $0.columns.map { DisplayText.printable($0) } }
    let widths = ModelRow.header.indices.map { column in
      lines.map { DisplayText.width($0[column]) }.max() ?? 0
    }
    var text = ""
    for (index, line) in lines.enumerated() {
      let cells = line.indices.map { column in
        ModelRow.numbers.contains(column)
          ? DisplayText.rightAligned(line[column], to: widths[column])
          : DisplayText.padded(line[column], to: widths[column])
      }
      var joined = cells.joined(separator: "  ")
      while joined.last == " " { joined.removeLast() }
      text += (index == 0 ? style.dim(joined) : joined) + "\n"
    }
    return text
  }
}
