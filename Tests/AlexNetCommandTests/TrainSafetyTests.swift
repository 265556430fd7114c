import Foundation
import Testing

/// Training that is killed, or that runs out of disk space, loses nothing.
@Suite(.serialized) struct TrainSafetyTests {
  private let folder: TemporaryFolder
  private static let options = ["--freeze", "fc7", "--epochs", "40", "--checkpoint-every", "0.02"]

  init() throws {
    folder = try TemporaryFolder()
    try ColourPhotos.write(to: folder)
  }

  private func arguments(_ output: String, resuming: Bool = false) -> [String] {
    ["train", "photos", "-o", output] + Self.options + (resuming ? ["--resume"] : [])
  }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder[name]) }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder[name].path)
  }

  private func temporaryFiles(in name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder[name].path)
      .filter { $0.hasSuffix(".tmp") }
  }

  /// The epochs in the log of a training, without the speed, which varies.
  private func epochs(_ output: String) throws -> [Substring] {
    try folder.text("\(output).training/log.jsonl").split(separator: "\n")
      .filter { $0.hasPrefix(#"{"epoch""#) }
      .map { $0[..<($0.range(of: #", "images_per_second""#)?.lowerBound ?? $0.endIndex)] }
  }

  /// How many times the training is killed: more with `make test-kills`.
  private static let kills =
    ProcessInfo.processInfo.environment["ALEXNET_TEST_KILLS"].flatMap { Int($0) } ?? 3

  @Test(
    "a training that signals end again and again gives the same bytes as one that runs through",
    arguments: [(SIGKILL, kills), (SIGINT, 1), (SIGTERM, 1)])
  func survives(signal: Int32, times: Int) throws {
    let start = ContinuousClock.now
    #expect(try BuiltProgram.run(arguments("whole"), in: folder.url).exitCode == 0)
    let duration = ContinuousClock.now - start
    var random = SeededGenerator(seed: UInt64(signal))
    var killed = 0
    for _ in 0..<20 * times where killed < times {
      let outcome = try BuiltProgram.run(
        arguments("parts", resuming: exists("parts.training/checkpoint.safetensors")),
        in: folder.url, signal: signal,
        after: .random(in: 0..<duration / .seconds(1) / 2, using: &random),
        // Signals that the program answers must not come before it has begun.
        when: { signal == SIGKILL || exists("parts.training/log.jsonl") })
      if outcome.exitCode == 0, !outcome.wasKilled {
        // It was over before the signal came: once more from the beginning.
        #expect(try bytes("parts") == bytes("whole"))
        try FileManager.default.removeItem(at: folder["parts.training"])
        continue
      }
      killed += 1
      if signal == SIGKILL {
        #expect(outcome.wasKilled)
      } else {
        #expect(!outcome.wasKilled && outcome.exitCode == 128 + signal)
      }
    }
    #expect(killed == times)
    let isResuming = exists("parts.training/checkpoint.safetensors")
    let last = try BuiltProgram.run(arguments("parts", resuming: isResuming), in: folder.url)
    #expect(last.exitCode == 0)
    #expect(try bytes("parts") == bytes("whole"))
    #expect(try epochs("parts") == epochs("whole"))
    #expect(try temporaryFiles(in: "parts.training") == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder["parts.training"].path)
        .sorted()
        == FileManager.default.contentsOfDirectory(atPath: folder["whole.training"].path)
        .sorted())
  }

  @Test("temporary files that a killed run left are removed, and other files are not")
  func cleans() throws {
    for name in [".alexnet-1a2b.tmp", ".alexnet-notes", "other.tmp"] {
      try folder.write(Data("x".utf8), to: "m.training/\(name)")
    }
    try folder.write(Data(#"{"settings": {}}"#.utf8), to: "m.training/run.json")
    #expect(try BuiltProgram.run(arguments("m"), in: folder.url).exitCode == 0)
    #expect(!exists("m.training/.alexnet-1a2b.tmp"))
    #expect(exists("m.training/.alexnet-notes") && exists("m.training/other.tmp"))
  }

  @Test(
    "where a checkpoint cannot be written, the last one stays, and --resume goes on from it",
    .withoutThreadSanitizer)
  func fullCheckpoint() throws {
    #expect(try BuiltProgram.run(arguments("whole"), in: folder.url).exitCode == 0)
    // In units of 1024 bytes: the weights of the last layer fit in, but not their velocities, too.
    let full = try BuiltProgram.shell(
      "ulimit -f 70; alexnet \(arguments("m").joined(separator: " "))", in: folder.url)
    #expect(full.exitCode == 74)
    #expect(full.stderr.contains("cannot write m.training/checkpoint.safetensors"))
    #expect(full.stderr.contains("raise the limit (ulimit -f), then continue with --resume"))
    #expect(exists("m.training/checkpoint.safetensors"))
    #expect(try temporaryFiles(in: "m.training") == [])
    #expect(try BuiltProgram.run(arguments("m", resuming: true), in: folder.url).exitCode == 0)
    #expect(try bytes("m") == bytes("whole"))
  }

  /// Whether a file system in memory can be mounted, as root can outside of most containers.
  private static let canMount =
    (try? BuiltProgram.shell("unshare -m mount -t tmpfs none /mnt").exitCode) == 0

  @Test(
    "a full disk ends a training with advice, and --resume goes on when there is room",
    .enabled(if: canMount))
  func fullDisk() throws {
    try folder.write(Data(), to: "disk/.here")
    #expect(try BuiltProgram.run(arguments("whole"), in: folder.url).exitCode == 0)
    let script = """
      mount -t tmpfs -o size=400m none disk
      # The model, of some 230 MB, does not fit in beside this.
      head -c 300m /dev/zero >disk/other
      "$ALEXNET" \(arguments("disk/m").joined(separator: " ")); echo "full: $?"
      ls -A disk disk/m.training
      rm disk/other
      "$ALEXNET" \(arguments("disk/m", resuming: true).joined(separator: " ")) >/dev/null
      echo "resumed: $?"
      cmp disk/m whole && echo same
      """
    let outcome = try BuiltProgram.shell("unshare -m bash -c '\(script)'", in: folder.url)
    #expect(outcome.stdout.contains("full: 74"))
    #expect(
      outcome.stderr.contains("the disk is full: make room on it, then continue with --resume"))
    #expect(outcome.stdout.contains("\ncheckpoint.safetensors\n"))
    #expect(!outcome.stdout.contains(".tmp"))
    #expect(outcome.stdout.contains("resumed: 0") && outcome.stdout.contains("\nsame\n"))
  }

  @Test("two trainings of one output do not disturb each other")
  func excludes() throws {
    try folder.write(Data(), to: "m.training/.lock")
    let outcome = try BuiltProgram.shell(
      "exec 9>m.training/.lock; flock 9; alexnet \(arguments("m").joined(separator: " "))",
      in: folder.url)
    #expect(outcome.exitCode == 73)
    #expect(outcome.stderr.contains("another training writes to m.training now"))
  }
}
