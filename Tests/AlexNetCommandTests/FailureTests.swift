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
      "{ head -c 4 \"$PHOTO\"; head -c 600000000 /dev/zero; } | alexnet --jsonl --quiet -",
      environment: ["PHOTO": BuiltProgram.photos.appendingPathComponent("cat.jpg").path])
    #expect(try errorCode(image) == "limit_exceeded")
  }

  @Test("--allow-truncated takes what is there")
  func allowTruncated() throws {
    let outcome = try code(photo("cat.jpg").prefix(15_000), arguments: "--allow-truncated")
    #expect(outcome == (nil, 0))
  }

  @Test("a FIFO and a device are records, and nobody waits for them")
  func specialFiles() throws {
    let folder = try TemporaryFolder()
    let fifo = try BuiltProgram.shell(
      "mkfifo pipe.jpg && alexnet --jsonl --quiet pipe.jpg", in: folder.url)
    #expect(try errorCode(fifo) == "not_a_file")
    let device = try BuiltProgram.run("--jsonl", "--quiet", "/dev/null")
    #expect(try errorCode(device) == "not_a_file")
    #expect(fifo.exitCode == 1 && device.exitCode == 1)
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
