import Foundation
import Testing

private let hasScript =
  (try? BuiltProgram.shell("script -qec true /dev/null").exitCode == 0) ?? false

/// What is seen on a terminal, which util-linux's `script` stands in for.
@Suite(.enabled(if: hasScript)) struct TerminalTests {
  private func onTerminal(
    _ command: String, environment: [String: String?] = ["TERM": "xterm-256color"]
  ) throws -> BuiltProgram.Outcome {
    try BuiltProgram.shell("script -qec '\(command)' /dev/null", environment: environment)
  }

  @Test("the table has colours on a terminal, and never with NO_COLOR or a dumb one")
  func colors() throws {
    let command = "\"$ALEXNET\" --quiet --top 1 cat.jpg"
    #expect(try onTerminal(command).stdout.contains("\u{1B}[1m"))
    for environment in [["TERM": "dumb"], ["TERM": "xterm", "NO_COLOR": "1"]] {
      let outcome = try onTerminal(command, environment: environment)
      #expect(!outcome.stdout.contains("\u{1B}") && outcome.stdout.contains("%"))
    }
    #expect(!(try BuiltProgram.run("--quiet", "cat.jpg").stdout.contains("\u{1B}")))
  }

  @Test("a terminal does not obey the control characters of a file's name, in any format")
  func controlCharacters() throws {
    let folder = try TemporaryFolder()
    let photo = "a\u{1B}[2J\u{9B}5n.jpg"
    try FileManager.default.copyItem(
      at: BuiltProgram.photos.appendingPathComponent("cat.jpg"), to: folder[photo])
    let path = folder.url.path
    for options in ["--csv", "--jsonl", "--match cat --match-probability 0.01 --paths-only", ""] {
      let command = "\"$ALEXNET\" --quiet \(options) \"\(path)\""
      let shown = try onTerminal(command, environment: ["TERM": "dumb"]).stdout
      #expect(
        !shown.unicodeScalars.contains { "\u{1B}\u{9B}".unicodeScalars.contains($0) }, "\(shown)")
      #expect(shown.contains("[2J"), "\(options)")
      // Elsewhere, CSV and lists of paths have the name as it is.
      guard options.contains("-") && !options.contains("json") else { continue }
      #expect(try BuiltProgram.shell(command).stdout.contains(photo), "\(options)")
    }
  }

  @Test("a run of a second and a half shows its progress ten times a second, and then clears it")
  func progress() throws {
    let list = "{ echo cat.jpg; sleep 1.5; echo cat.jpg; }"
    let command = list + " | \"$ALEXNET\" --jsonl --output /dev/null --files-from -"
    let shown = try onTerminal(command)
    #expect(shown.stdout.contains("1 done  "))
    // Ten or so; fewer where the machine is busy.
    #expect((5...20).contains(shown.stdout.ranges(of: " images/s").count))
    #expect(shown.stdout.hasSuffix("\r\u{1B}[K"))
    #expect(!(try onTerminal(command + " --no-progress").stdout.contains("images/s")))
    #expect(!(try onTerminal(command + " --quiet").stdout.contains("images/s")))
    #expect(!(try onTerminal(command + " 2>&1 | cat").stdout.contains("images/s")))
  }
}
