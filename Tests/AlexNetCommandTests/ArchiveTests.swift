import Foundation
import Images
import Testing

/// Images in tar archives.
@Suite struct ArchiveTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for index in 0..<12 {
      let picture = ColourPhotos.pattern(seed: UInt64(index), channel: index % 3)
      try folder.write(Data(try picture.pngFile()), to: "photos/a/\(index).png")
    }
    try folder.write(Data("no image".utf8), to: "photos/a/bad.jpg")
    try folder.write(Data("red".utf8), to: "photos/a/0.cls")
    // A link is no image of its own.
    let made = try BuiltProgram.shell(
      "ln -s 0.png photos/a/link.png; tar -cf photos.tar photos; rm photos/a/link.png",
      in: folder.url)
    #expect(made.exitCode == 0)
  }

  private struct Record: Decodable, Equatable {
    struct Prediction: Decodable, Equatable {
      let label: String
      let probability: Double
    }
    struct Failure: Decodable, Equatable { let code: String }
    let path: String
    let archive: String?
    let predictions: [Prediction]?
    let error: Failure?
  }

  private func records(_ outcome: BuiltProgram.Outcome) throws -> [String: Record] {
    let records = try outcome.lines.map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
    return Dictionary(records.map { ($0.path, $0) }) { first, _ in first }
  }

  @Test("members of an archive are classified as the files that they are")
  func members() throws {
    let files = try BuiltProgram.run("--jsonl", "photos", in: folder.url)
    let archive = try BuiltProgram.run("--jsonl", "photos.tar", in: folder.url)
    #expect(files.exitCode == 1 && archive.exitCode == 1)
    let (expected, found) = (try records(files), try records(archive))
    #expect(found.count == 13 && archive.lines.count == 13)
    for (path, record) in found {
      let alone = try #require(expected[path])
      #expect(record.archive == "photos.tar" && alone.archive == nil)
      #expect(record.error == alone.error)
      #expect(record.predictions?.map(\.label) == alone.predictions?.map(\.label))
      for (first, second) in zip(record.predictions ?? [], alone.predictions ?? []) {
        #expect(abs(first.probability - second.probability) < 1e-5)
      }
    }
    #expect(archive.stderr.contains("skipped 2 files that are no picture"))
  }

  @Test("an archive that was cut is reported after what could be read")
  func cut() throws {
    let whole = try Data(contentsOf: folder["photos.tar"])
    try folder.write(whole.prefix(whole.count / 2), to: "cut.tar")
    let outcome = try BuiltProgram.run("--jsonl", "cut.tar", in: folder.url)
    #expect(outcome.exitCode == 1)
    let last = try #require(outcome.lines.last)
    let record = try JSONDecoder().decode(Record.self, from: Data(last.utf8))
    #expect(record.path == "cut.tar" && record.error?.code == "truncated")
    let others = try records(outcome).values.filter { $0.path != "cut.tar" }
    #expect(others.count >= 3 && others.allSatisfy { $0.archive == "cut.tar" })
  }

  @Test("an archive is recognised by its contents, and a missing one is an error")
  func recognised() throws {
    try FileManager.default.moveItem(at: folder["photos.tar"], to: folder["shard-000"])
    let outcome = try BuiltProgram.run("--csv", "shard-000", in: folder.url)
    #expect(outcome.exitCode == 1)
    #expect(outcome.lines.first?.hasSuffix(",error_message,archive") == true)
    #expect(outcome.lines.dropFirst().allSatisfy { $0.hasSuffix(",shard-000") })
    #expect(try BuiltProgram.run("missing.tar", in: folder.url).exitCode == 66)
  }

  @Test("a resumed run skips members that it has")
  func resumes() throws {
    let command = ["photos.tar", "photos", "--resume", "-o", "run.jsonl"]
    #expect(try BuiltProgram.run(command, in: folder.url).exitCode == 1)
    let before = try folder.text("run.jsonl")
    let again = try BuiltProgram.run(command, in: folder.url)
    #expect(again.stderr.contains("26 inputs had been recorded before"))
    #expect(try folder.text("run.jsonl") == before)
  }
}
