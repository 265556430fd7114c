import Images
import JSON
import Search
import System

/// Writes groups of near copies, as a table, JSON, JSON Lines or CSV.
struct DuplicatesWriter {
  let output: ResultOutput
  let format: OutputFormat

  static let columns = [
    "group", "keep", "path", "path_base64", "width", "height", "bytes", "similarity",
    "exact_copy_of", "lowest_similarity",
  ]

  func write(_ groups: [DuplicateGroup]) throws(OutputError) {
    switch format {
    case .table: try writeTable(groups)
    case .jsonl:
      for (index, group) in groups.enumerated() {
        try output.write(group.json(number: index + 1).text + "\n")
      }
    case .json:
      let lines = groups.enumerated().map { $1.json(number: $0 + 1).text }
      try output.write(lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n")
    case .csv:
      try output.write(lines: CSV.row(Self.columns))
      for (index, group) in groups.enumerated() { try writeRows(group, number: index + 1) }
    }
  }

  private func writeTable(_ groups: [DuplicateGroup]) throws(OutputError) {
    let style = TextStyle(isEnabled: output.wantsColor)
    for (index, group) in groups.enumerated() {
      var lines: [[String]] = []
      for (number, member) in group.members.enumerated() {
        let relation =
          number == 0
          ? "keep"
          : member.exactCopyOf == 0
            ? "exact copy" : DisplayText.similarity(member.similarity)
        let photo = member.photo
        lines.append([
          relation, "\(photo.size.width)x\(photo.size.height)",
          DisplayText.fileSize(photo.byteCount),
          DisplayText.printable(photo.path.repaired),
        ])
      }
      let widths = (0..<3).map { column in lines.map { $0[column].count }.max() ?? 0 }
      var text = index == 0 ? "" : "\n"
      for (number, line) in lines.enumerated() {
        let cells =
          DisplayText.padded(line[0], to: widths[0]) + "  "
          + DisplayText.rightAligned(line[1], to: widths[1]) + "  "
          + DisplayText.rightAligned(line[2], to: widths[2]) + "  "
        text += cells + (number == 0 ? style.bold(line[3]) : line[3]) + "\n"
      }
      try output.write(text)
    }
  }

  private func writeRows(_ group: DuplicateGroup, number: Int) throws(OutputError) {
    var text = ""
    for (index, member) in group.members.enumerated() {
      let photo = member.photo
      text += CSV.row([
        String(number), index == 0 ? "true" : "false", photo.path.repaired,
        photo.path.isUTF8 ? "" : photo.path.base64, String(photo.size.width),
        String(photo.size.height), String(photo.byteCount), member.similarity.description,
        member.exactCopyOf.map { group.members[$0].photo.path.repaired } ?? "",
        group.lowestSimilarity.description,
      ])
    }
    try output.write(lines: text)
  }
}

extension DuplicateGroup {
  /// The group in the form that `alexnet help search` documents.
  func json(number: Int) -> JSONValue {
    [
      "group": .integer(number),
      "lowest_similarity": .float(lowestSimilarity),
      "photos": .array(
        members.enumerated().map { index, member in
          var object = member.photo.path.jsonMembers("path")
          object += [
            .init("keep", .bool(index == 0)), .init("similarity", .float(member.similarity)),
          ]
          if let copied = member.exactCopyOf {
            object += members[copied].photo.path.jsonMembers("exact_copy_of")
          }
          object += [
            .init("width", .integer(member.photo.size.width)),
            .init("height", .integer(member.photo.size.height)),
            .init("bytes", .integer(member.photo.byteCount)),
          ]
          return .object(object)
        }),
    ]
  }
}

extension DisplayText {
  /// A number of bytes in kB (1000 bytes), or in MB from one million on.
  static func fileSize(_ bytes: Int) -> String {
    bytes < 1_000_000 ? fixed(Double(bytes) / 1e3, 1) + " kB" : megabytes(bytes)
  }
}
