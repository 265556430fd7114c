import Foundation
import Testing

/// Compares what a run left behind with what is recorded under `Snapshots`.
///
/// Text must be the same to the last character. Numbers with a decimal point, and the lengths of
/// bars, may differ a little, since the kernels of two processors add up in different orders.
///
/// `ALEXNET_RECORD=1 swift test ...` writes the snapshots anew; the difference then shows in git.
func expectSnapshot(
  _ name: String, _ outcome: BuiltProgram.Outcome,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = BuiltProgram.tests
    .appendingPathComponent("AlexNetCommandTests/Snapshots/\(name).txt")
  let found = """
    exit code: \(outcome.exitCode)
    --- stdout
    \(outcome.stdout)--- stderr
    \(outcome.stderr)
    """.replacing(/failed in [0-9.]+ s:/, with: "failed in # s:")
  if ProcessInfo.processInfo.environment["ALEXNET_RECORD"] == "1" {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(found.utf8).write(to: file)
    return
  }
  let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
  let matches = Tolerant(expected).isClose(to: Tolerant(found))
  #expect(
    matches, "\(name) is not as recorded.\n=== recorded\n\(expected)\n=== found\n\(found)",
    sourceLocation: sourceLocation)
}

/// Text cut into the parts that must be the same and the numbers that must be close.
private struct Tolerant {
  private var words: [String] = []
  private var numbers: [Double] = []

  init(_ text: String) {
    var word = ""
    var number = ""
    func isBar(_ character: Character) -> Bool { ("█"..."▏").contains(character) }
    for character in text {
      if character.isNumber || (character == "." && !number.isEmpty) {
        number.append(character)
        continue
      }
      flush(&number, into: &word)
      // A bar says once more what the number before it says.
      if !isBar(character) { word.append(character) }
    }
    flush(&number, into: &word)
    words.append(word)
  }

  private mutating func flush(_ number: inout String, into word: inout String) {
    if number.contains("."), let value = Double(number) {
      words.append(word)
      numbers.append(value)
      word = ""
    } else {
      word += number
    }
    number = ""
  }

  func isClose(to other: Tolerant) -> Bool {
    words == other.words
      && numbers.indices.allSatisfy { index in
        // Percentages are rounded to tenths.
        let tolerance = words[index + 1].hasPrefix("%") ? 0.11 : 0.001
        return abs(numbers[index] - other.numbers[index]) <= tolerance
      }
  }
}
