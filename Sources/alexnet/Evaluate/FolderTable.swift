import Classification
import JSON
import ModelLibrary
import Network
import System

/// What the photos of each folder were taken for, where the folders' names are no classes.
struct FolderTable {
  private struct Row {
    let name: String
    var images = 0
    var failed = 0
    var counts: [Int: Int] = [:]

    /// The classes by the number of photos, the most first.
    var commonest: [(index: Int, count: Int)] {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }
  }

  /// How many classes the table shows for each folder.
  private static let shown = 4

  private let model: Model
  private var rows: [Row] = []

  init(_ model: Model) {
    self.model = model
  }

  /// Classifies the photos of each folder.
  ///
  /// - Throws: what ends the command if the run does not reach its end.
  mutating func measure(
    _ folders: [RawPath], in root: RawPath, run: ImageRun, options: ClassifierOptions
  ) throws {
    var options = options
    options.top = 1
    rows = folders.map { Row(name: $0.repaired) }
    let places = Dictionary(
      zip(folders.map { root.appending($0.bytes).bytes + [UInt8(ascii: "/")] }, rows.indices)
    ) { first, _ in first }
    let prefix = root.appending([0]).bytes.count - 1
    let inputs = folders.map { InputSource.Input.path(root.appending($0.bytes)) }
    let summary = run.perform(InputSource(inputs), with: Classifier(model, options)) { record in
      let rest = record.path.bytes.dropFirst(prefix).prefix { $0 != UInt8(ascii: "/") }
      guard let place = places[record.path.bytes.prefix(prefix) + rest + [UInt8(ascii: "/")]]
      else { return }
      rows[place].images += 1
      switch record.outcome {
      case .answered(_, let predictions):
        if let first = predictions.first { rows[place].counts[first.index, default: 0] += 1 }
      case .failed:
        rows[place].failed += 1
        run.report(record)
      }
    }
    try run.checkEnd(summary)
    if summary.stopped {
      run.reportTooManyFailures(summary, consequence: "there is no result")
      throw SilentExit(status: .inputFailed)
    }
    run.note(passedOver: summary.passedOver)
    if summary.foundNothing {
      throw CommandFailure(.noInput, "there is no image in the folders of \(root)")
    }
  }

  var failed: Int { rows.reduce(0) { $0 + $1.failed } }

  func text(_ style: TextStyle) -> String {
    let names = rows.map { DisplayText.printable($0.name) }
    let width = max(6, names.map(DisplayText.width).max() ?? 0)
    let header = style.dim(DisplayText.padded("folder", to: width) + "  images  taken for")
    let lines = zip(rows, names).map { row, name in
      let classes = row.commonest.prefix(Self.shown).map {
        "\(DisplayText.printable(model.labels[$0.index].label)) \($0.count)"
      }
      let others = row.counts.count - classes.count
      return DisplayText.padded(name, to: width) + "  "
        + DisplayText.rightAligned(String(row.images), to: 6) + "  "
        + classes.joined(separator: ", ") + (others > 0 ? ", \(others) others" : "")
    }
    return ([header] + lines).map { $0 + "\n" }.joined()
  }

  var json: JSONValue {
    [
      "model": .string(model.name),
      "folders": .array(
        rows.map { row in
          [
            "folder": .string(row.name), "images": .integer(row.images),
            "failed": .integer(row.failed),
            "taken_for": .array(
              row.commonest.map { index, count in
                let label = model.labels[index]
                return [
                  "index": .integer(index), "wnid": label.wnid.map(JSONValue.string) ?? .null,
                  "label": .string(label.label), "count": .integer(count),
                ]
              }),
          ]
        }),
    ]
  }
}
