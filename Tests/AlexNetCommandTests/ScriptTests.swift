import Foundation
import Testing

/// The set-up script, on machines that have a few commands and nothing else.
@Suite struct ScriptTests {
  private static let root = BuiltProgram.tests.deletingLastPathComponent()

  /// - Parameters:
  ///   - commands: shell scripts by name, beside a Swift toolchain.
  ///   - programs: what the set-up is asked for.
  private func setUp(_ commands: [String: String], programs: String = "") throws
    -> BuiltProgram.Outcome
  {
    let folder = try TemporaryFolder()
    for (name, script) in commands.merging(
      ["swift": "", "sh": "exec /bin/sh \"$@\""], uniquingKeysWith: { a, _ in a })
    {
      try folder.write(Data("#!/bin/sh\n\(script)\n".utf8), to: "scripts/\(name)")
    }
    // What this process has written cannot be run while another process that it has started holds
    // the descriptor, too.
    return try BuiltProgram.shell(
      "mkdir bin; cp scripts/* bin; chmod 755 bin/*; PATH=\"$PWD/bin\" /bin/bash '\(Self.root.path)/Scripts/install-dependencies.sh' \(programs)",
      in: folder.url)
  }

  @Test("where everything is there, nothing is asked for and nothing said")
  func satisfied() throws {
    let outcome = try setUp(["pkg-config": "", "valgrind": ""], programs: "valgrind")
    #expect(outcome.exitCode == 0 && outcome.stdout.isEmpty && outcome.stderr.isEmpty)
  }

  @Test("without root and without sudo, the last line says what to run, and no other does")
  func withoutRoot() throws {
    let outcome = try setUp(["pkg-config": "exit 1", "id": "echo 1000", "apt-get": "echo called"])
    #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty)
    #expect(outcome.stderr.split(separator: "\n").count == 2)
    #expect(
      outcome.stderr.hasSuffix(
        "run this as root, then try again: apt-get update; DEBIAN_FRONTEND=noninteractive "
          + "apt-get install -y --no-install-recommends libjpeg-dev libpng-dev pkg-config\n"))
  }

  @Test("a package that is not to be had is the last thing that is said")
  func unavailable() throws {
    let outcome = try setUp(
      ["pkg-config": "", "id": "echo 0", "dnf": "echo \"dnf $@\"; exit 1"], programs: "valgrind")
    #expect(outcome.exitCode == 1 && outcome.stdout == "dnf install -y valgrind\n")
    #expect(outcome.stderr.hasSuffix("run this as root, then try again: dnf install -y valgrind\n"))
  }

  @Test("a package manager that says it succeeded is believed only when the libraries are there")
  func lying() throws {
    let outcome = try setUp(["pkg-config": "exit 1", "id": "echo 0", "apk": ""])
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.contains("still missing: libjpeg and libpng"))
  }

  @Test(
    "a tilde that the shell left alone is the home folder",
    arguments: [("~", "/home/someone"), ("~/.local", "/home/someone/.local"), ("/opt/~", "/opt/~")])
  func tilde(prefix: String, expanded: String) throws {
    let outcome = try BuiltProgram.shell(
      "make -n install PREFIX='\(prefix)'", in: Self.root, environment: ["HOME": "/home/someone"])
    #expect(outcome.stdout.contains("\"\(expanded)/bin/alexnet\""))
  }
}
