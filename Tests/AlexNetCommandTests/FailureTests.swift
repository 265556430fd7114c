import Foundation
import Testing

@Suite struct FailureTests {
  /// The record of one file that holds `data`.
  private func code(
    _ data: Data, _ name: String = "x.jpg", arguments: String...
  ) throws -> (code: String?, exitCode: Int32) {
    let folder = try TemporaryFolder()
    try folder.write(data, to: name)
    let outcome = try BuiltProgram.run(["--jsonl", "--quiet", name] + arguments, in: folder.url)
    return (try errorCode(outcome), outcome.exitCode)
  }

  private func errorCode(_ outcome: BuiltProgram.Outcome) throws -> String? {
    let record = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any]
    return (record?["error"] as? [String: Any])?["code"] as? String
  }

  private func photo(_ name: String) throws -> Data {
    try Data(contentsOf: BuiltProgram.photos.appendingPathComponent(name))
  }

  @Test("every kind of bad file has its code")
  func codes() throws {
    #expect(try code(Data()) == ("empty", 1))
    #expect(try code(Data("GIF89a..........".utf8)) == ("unsupported_format", 1))
    #expect(try code(Data("some text".utf8)) == ("unsupported_format", 1))
    #expect(try code(photo("cat.jpg").prefix(10_000)) == ("truncated", 1))
    #expect(try code(photo("coffee.png").prefix(100_000), "x.png") == ("truncated", 1))
    #expect(try code(photo("cat.jpg"), arguments: "--max-pixels", "1000") == ("limit_exceeded", 1))
    var damaged = try photo("coffee.png")
    damaged[damaged.count / 2] ^= 0xFF
    #expect(try code(damaged, "x.png") == ("corrupt", 1))
  }

  @Test("what is no image is refused by its beginning, however much of it there is")
  func large() throws {
    let folder = try TemporaryFolder()
    // Past the limit on the size of files, which takes no room on the disk.
    let file = try BuiltProgram.shell(
      "truncate -s 600000000 x.jpg && alexnet --jsonl --quiet x.jpg", in: folder.url)
    #expect(try errorCode(file) == "unsupported_format")
    // Without end.
    let stream = try BuiltProgram.shell("yes | alexnet --jsonl --quiet -")
    #expect(try errorCode(stream) == "unsupported_format")
    let image = try BuiltProgram.shell(
      "{ head -c 4 \"$PHOTO\"; head -c 600000000 /dev/zero; } | alexnet --jsonl --quiet --timeout 0 -",
      environment: ["PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path])
    #expect(try errorCode(image) == "limit_exceeded")
  }

  @Test("--allow-damaged, or --allow-truncated, takes what can be decoded")
  func allowDamaged() throws {
    var damaged = try photo("cat.jpg")
    // A restart marker in the middle of the image data.
    damaged.replaceSubrange(20_000..<20_002, with: [0xFF, 0xD5])
    #expect(try code(damaged) == ("corrupt", 1))
    for option in ["--allow-damaged", "--allow-truncated"] {
      #expect(try code(photo("cat.jpg").prefix(15_000), arguments: option) == (nil, 0))
      #expect(try code(damaged, arguments: option) == (nil, 0))
    }
  }

  @Test(
    "a device, and a FIFO that is no argument, are records, and nobody waits for them",
    arguments: [
      "alexnet --jsonl --quiet /dev/null", "alexnet --jsonl --quiet folder",
      "echo folder/pipe.jpg | alexnet --jsonl --quiet --files-from -",
    ])
  func specialFiles(command: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.shell(
      "mkdir folder && mkfifo folder/pipe.jpg && " + command, in: folder.url)
    #expect(try errorCode(outcome) == "not_a_file")
    #expect(outcome.exitCode == 1)
  }

  @Test(
    "what a command writes can be an input, a list of inputs, and a list of labels",
    arguments: [
      "{ sleep 0.2; cat cat.jpg; } | alexnet --jsonl --quiet /dev/stdin",
      "alexnet --jsonl --quiet /dev/stdin < cat.jpg",
      "alexnet --jsonl --quiet <(sleep 0.2; cat cat.jpg)",
      "mkfifo p; { sleep 0.2; cat cat.jpg > p; } & alexnet --jsonl --quiet p",
      "echo cat.jpg | alexnet --jsonl --quiet --files-from /dev/stdin",
      "alexnet --jsonl --quiet --files-from <(sleep 0.2; echo cat.jpg)",
      "alexnet --jsonl --quiet --labels <(sleep 0.2; seq -f 'class %g' 1000) cat.jpg",
      "seq -f 'class %g' 1000 | alexnet --jsonl --quiet --labels /dev/stdin cat.jpg",
    ])
  func pipes(command: String) throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "cat.jpg")
    let outcome = try BuiltProgram.shell(command, in: folder.url)
    #expect(outcome.exitCode == 0, "\(outcome.stderr)")
    #expect(outcome.stdout.contains("\"predictions\": ["))
    #expect(outcome.stdout.contains("class ") == command.contains("--labels"))
    #expect(outcome.stdout.split(separator: "\n").count == 1)
  }

  @Test("waiting for a FIFO that nobody writes ends with a signal")
  func waiting() throws {
    let folder = try TemporaryFolder()
    _ = try BuiltProgram.shell("mkfifo pipe.jpg", in: folder.url)
    let outcome = try BuiltProgram.run(
      ["--jsonl", "pipe.jpg"], in: folder.url, signal: SIGTERM, after: 1)
    #expect(outcome.stdout.isEmpty && outcome.exitCode != 0)
  }

  @Test(
    "a file without permission is a record",
    .enabled(if: geteuid() != 0, "the superuser may read everything"))
  func permission() throws {
    let folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "x.jpg")
    let outcome = try BuiltProgram.shell(
      "chmod 0 x.jpg; alexnet --jsonl --quiet x.jpg", in: folder.url)
    #expect(try errorCode(outcome) == "permission_denied")
  }

  @Test("a name with an escape sequence does not reach the terminal")
  func escapes() throws {
    let outcome = try BuiltProgram.run("--quiet", "\u{1B}[2Jx\n.jpg")
    #expect(outcome.stderr.hasPrefix("alexnet: \\u{1b}[2Jx\\n.jpg: no such file or directory\n"))
  }

  @Test("a model that is not there ends with 69, and one that is damaged with 65")
  func models() throws {
    let unknown = try BuiltProgram.run("--model", "lenet", "cat.jpg")
    #expect(unknown.exitCode == 69 && unknown.stdout.isEmpty)
    #expect(unknown.stderr.hasPrefix("alexnet: "))
    let missing = try BuiltProgram.run("--model", "./missing.safetensors", "cat.jpg")
    #expect(missing.exitCode == 69 && missing.stdout.isEmpty)
    let folder = try TemporaryFolder()
    try folder.write(Data("not a model".utf8), to: "bad.safetensors")
    let photo = BuiltProgram.photos.appendingPathComponent("cat.jpg").path
    let damaged = try BuiltProgram.run("--model", "bad.safetensors", photo, in: folder.url)
    #expect(damaged.exitCode == 65 && damaged.stdout.isEmpty)
    #expect(damaged.stderr.hasPrefix("alexnet: bad.safetensors: "))
  }
}
