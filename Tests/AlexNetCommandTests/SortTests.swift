import Foundation
import Testing

@Suite struct SortTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("coffee.png", to: "photos/coffee.png")
    try folder.copy("coffee.png", to: "photos/more/coffee.png")
  }

  private func sort(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["sort", "--quiet"] + arguments, in: folder.url)
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(path).path)
  }

  @Test("photos of one name get numbers, and an undo list takes back a move")
  func move() throws {
    #expect(try sort("photos", "--into", "out", "--by", "group", "--move").exitCode == 0)
    #expect(exists("out/food/coffee.png") && exists("out/food/coffee-2.png"))
    #expect(!exists("photos/coffee.png") && !exists("photos/more/coffee.png"))
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("photos/coffee.png") && exists("photos/more/coffee.png") && !exists("out"))
  }

  @Test("a folder is sorted in place, and what is in its folders stays there")
  func inPlace() throws {
    let outcome = try BuiltProgram.run(
      "sort", "photos", "--into", "photos", "--move", in: folder.url)
    #expect(outcome.exitCode == 0)
    #expect(outcome.stderr.contains("left 1 photo where it is, in folders of photos"))
    #expect(exists("photos/espresso/coffee.png") && exists("photos/more/coffee.png"))
    #expect(!exists("photos/coffee.png"))
  }

  @Test("a dry run does nothing, and improbable photos are unsure")
  func dryRun() throws {
    let outcome = try sort(
      "photos/coffee.png", "--into", "out", "--dry-run", "--min-probability", "0.99")
    #expect(outcome.stdout == "copy photos/coffee.png -> out/unsure/coffee.png\n")
    #expect(!exists("out") && outcome.exitCode == 0)
  }

  @Test("a copy that was changed since stays when the run is taken back")
  func changedCopy() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try folder.write(Data("changed".utf8), to: "out/espresso/coffee.png")
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 1)
    #expect(exists("out/espresso/coffee.png") && exists("out/undo-1.jsonl"))
  }

  @Test("a copy whose original is now a link to it stays when the run is taken back")
  func linkedOriginal() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try FileManager.default.removeItem(at: folder["photos/coffee.png"])
    try FileManager.default.createSymbolicLink(
      at: folder["photos/coffee.png"],
      withDestinationURL: folder["out/espresso/coffee.png"])
    let outcome = try sort("--undo", "out/undo-1.jsonl")
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.contains("the original is this file, by another path"))
    #expect(exists("out/espresso/coffee.png"))
  }

  @Test("nor does one whose old folder is now a link to the new one", arguments: ["copy", "move"])
  func linkedFolder(placement: String) throws {
    #expect(try sort("photos/coffee.png", "--into", "out", "--\(placement)").exitCode == 0)
    try FileManager.default.removeItem(at: folder["photos"])
    try FileManager.default.createSymbolicLink(
      at: folder["photos"], withDestinationURL: folder["out/espresso"])
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 1)
    #expect(exists("out/espresso/coffee.png"))
  }

  @Test("a copy that was replaced by a hard link to the original goes when the run is taken back")
  func hardLink() throws {
    #expect(try sort("photos/coffee.png", "--into", "out").exitCode == 0)
    try FileManager.default.removeItem(at: folder["out/espresso/coffee.png"])
    try FileManager.default.linkItem(
      at: folder["photos/coffee.png"], to: folder["out/espresso/coffee.png"])
    #expect(try sort("--undo", "out/undo-1.jsonl").exitCode == 0)
    #expect(exists("photos/coffee.png") && !exists("out"))
  }
}
