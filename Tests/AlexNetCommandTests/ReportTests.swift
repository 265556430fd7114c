import Foundation
import Testing

@Suite struct ReportTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "photos/cat.jpg")
    try folder.copy("coffee.png", to: "photos/coffee.png")
    try folder.write(Data("no image".utf8), to: "photos/notes.jpg")
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(arguments, in: folder.url)
  }

  private func page(_ name: String = "r.html") throws -> ReportedPage {
    try ReportedPage(folder.text(name))
  }

  @Test(
    "results, notes of failures and exit code are the same with a report and without it",
    arguments: ["table", "json", "jsonl", "csv"])
  func sameResults(format: String) throws {
    let plain = try run("photos", "--format", format)
    let reported = try run("photos", "--format", format, "--report", "r.html")
    #expect(plain.stdout == reported.stdout)
    #expect(plain.exitCode == 1 && reported.exitCode == 1)
    func notes(_ outcome: BuiltProgram.Outcome) -> [Substring] {
      outcome.stderr.replacing(/failed in [0-9.]+ s:/, with: "failed in # s:")
        .split(separator: "\n").filter { !$0.contains("wrote the report") }
    }
    #expect(notes(reported) == notes(plain))
    let page = try page()
    #expect(page.names == ["cat.jpg", "coffee.png", "notes.jpg"])
    #expect(page.thumbnails[0] > 1000 && page.thumbnails[1] > 1000 && page.thumbnails[2] == 0)
  }

  @Test("thumbnails are upright, and 160 pixels long")
  func thumbnails() throws {
    // 01 12 00 03 00 00 00 01 00 06 in EXIF: the photo must be turned by a quarter.
    let photo = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34] + Array("Exif\0\0MM\0".utf8) + [0x2A, 0, 0, 0, 8, 0, 1]
      + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    try folder.write(photo.prefix(2) + Data(exif) + photo.dropFirst(2), to: "turned.jpg")
    _ = try run("turned.jpg", "photos/cat.jpg", "--report", "r.html", "-q")
    let page = try page()
    let start = try #require(page.text.range(of: "id=\"thumbnails-0\">")).upperBound
    let turned = try #require(
      Data(base64Encoded: String(page.text[start...].prefix(page.thumbnails[0]))))
    #expect(turned.prefix(2) == Data([0xFF, 0xD8]))
    // The start of the frame holds height and width.
    let frame = try #require(turned.firstRange(of: Data([0xFF, 0xC0]))).lowerBound
    let size = turned[(frame + 5)..<(frame + 9)].map { Int($0) }
    let (height, width) = (size[0] << 8 | size[1], size[2] << 8 | size[3])
    #expect(height == 160 && width < 160)
  }

  @Test("a resumed run's report has the earlier records, too, with thumbnails made anew")
  func resume() throws {
    #expect(try run("photos", "--resume", "-o", "all.jsonl").exitCode == 1)
    try folder.copy("rocket.jpg", to: "photos/a-new.jpg")
    let outcome = try run("photos", "--resume", "-o", "all.jsonl", "--report", "r.html")
    // notes.jpg is recorded as a failure, and stays one.
    #expect(outcome.exitCode == 1)
    #expect(try folder.text("all.jsonl").split(separator: "\n").count == 4)
    let page = try page()
    #expect(page.names == ["cat.jpg", "coffee.png", "notes.jpg", "a-new.jpg"])
    #expect(page.thumbnails.map { $0 > 0 } == [true, true, false, true])
  }

  @Test("shards, archives and standard input have reports")
  func inputs() throws {
    let shards = try ["1/2", "2/2"].flatMap { shard in
      _ = try run("photos", "--shard", shard, "--report", "r.html", "-q")
      return try page().names
    }
    #expect(shards.sorted() == ["cat.jpg", "coffee.png", "notes.jpg"])
    _ = try BuiltProgram.shell(
      "tar cf photos.tar photos; alexnet photos.tar --jsonl --report r.html -o tar.jsonl",
      in: folder.url)
    let first = try page()
    #expect(first.names.sorted() == ["cat.jpg", "coffee.png", "notes.jpg"])
    _ = try BuiltProgram.shell(
      "rm -r photos; alexnet report tar.jsonl -o r.html", in: folder.url)
    let second = try page()
    #expect(second.names == first.names)
    #expect(second.thumbnails.map { $0 > 0 } == first.thumbnails.map { $0 > 0 })
    let cat = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    _ = try BuiltProgram.run(["-", "--report", "r.html"], in: folder.url, stdin: cat)
    #expect(try page().names == ["-"] && page().thumbnails[0] > 1000)
  }

  @Test("report makes the page of classify from records; photos that are gone have no thumbnail")
  func report() throws {
    let records = try run("photos", "--jsonl", "--report", "r.html").stdout
    try folder.write(Data(records.utf8), to: "run.jsonl")
    #expect(try run("report", "run.jsonl", "-o", "again.html", "-q").stderr.isEmpty)
    #expect(try page("again.html").thumbnails.map { $0 > 0 } == page().thumbnails.map { $0 > 0 })
    try FileManager.default.removeItem(at: folder["photos/cat.jpg"])
    _ = try run("photos", "--json", "-o", "array.json")
    let outcome = try run("report", "run.jsonl", "array.json", "--output", "again.html")
    #expect(outcome.exitCode == 0 && outcome.stderr.contains("1 photo without a thumbnail"))
    #expect(
      try page("again.html").names
        == ["cat.jpg", "coffee.png", "notes.jpg", "coffee.png", "notes.jpg"])
  }

  @Test("a large report has its thumbnails beside it")
  func parts() throws {
    let outcome = try run("photos", "--report", "r.html", "--report-size", "1K")
    #expect(outcome.stderr.contains("in 1 file beside it"))
    #expect(try folder.names == ["photos", "r.files", "r.html"])
    // A page of another ending has a folder of its own.
    _ = try run("photos", "--report", "r.htm", "--report-size", "1K")
    #expect(try folder.names == ["photos", "r.files", "r.htm", "r.htm-files", "r.html"])
    _ = try run("photos", "--report", "r.html")
    #expect(try folder.names == ["photos", "r.htm", "r.htm-files", "r.html"])
  }

  @Test("the report of an evaluation is written even if nobody reads the results")
  func closedPipe() throws {
    let cat = try Data(contentsOf: BuiltProgram.photos.appendingPathComponent("cat.jpg"))
    try folder.write(cat, to: "labelled/tabby/cat.jpg")
    let outcome = try BuiltProgram.shell(
      "alexnet evaluate labelled --report e.html >/dev/full", in: folder.url)
    #expect(outcome.exitCode == 74)
    #expect(try folder.names.contains("e.html"))
  }

  @Test("files of the user beside a report stay")
  func otherFiles() throws {
    let names = [
      "thumbnails-lightbox.js", "thumbnails-0123456-1.js", "thumbnails-01234567-.js",
      "thumbnails-01234567-1.js.js", "thumbnails-01234567-1-2.js",
    ]
    for name in names { try folder.write(Data("mine".utf8), to: "r.files/\(name)") }
    try folder.write(Data("old".utf8), to: "r.files/thumbnails-01234567-1.js")
    _ = try run("photos", "--report", "r.html")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder["r.files"].path).sorted()
        == names.sorted())
  }

  @Test("a run that fails leaves the old report, and nothing else")
  func failing() throws {
    try folder.write(Data("old".utf8), to: "r.html")
    let outcome = try run("photos", "--report", "r.html", "--fail-fast", "--jsonl")
    #expect(outcome.exitCode == 1)
    #expect(try folder.text("r.html") == "old" && folder.names == ["photos", "r.html"])
  }

  @Test(
    "a report replaces no photo, no records and no other output",
    arguments: [
      (
        ["photos", "--report", "photos/cat.jpg"], 64, "is an image, which the report would replace"
      ),
      (["photos", "--report", "x", "-o", "x"], 64, "cannot be both the report and the results"),
      (["photos", "--report", "x", "--summary", "./x"], 64, "the report and the summary"),
      (["photos", "--report", "/dev/stdout"], 64, "standard output, where the results go"),
      (["--files-from", "run.jsonl", "--report", "run.jsonl"], 64, "the list of inputs"),
      (["photos", "--report", "missing/x"], 73, "missing/x"),
      (["photos", "--report", ""], 64, "The name of the report is empty."),
      (["photos", "--report-size", "1M"], 64, "--report-size needs --report"),
      (["photos", "--report", "x", "--report-size", "nan"], 64, "invalid"),
      (["report", "run.jsonl", "-o", "run.jsonl"], 64, "would replace the records"),
      (["report", "nosuch.jsonl", "-o", "x"], 66, "nosuch.jsonl"),
      (["report", "bad.jsonl", "-o", "x"], 65, "line 2 of bad.jsonl is no record"),
      (["report", "other.jsonl", "-o", "x"], 65, "line 1 of other.jsonl is no record"),
      (["report", "empty.jsonl", "-o", "x"], 66, "there is no record"),
    ] as [([String], Int32, String)])
  func refusals(arguments: [String], status: Int32, message: String) throws {
    let line = #"{"path": "a", "error": {"code": "empty", "message": "no"}}"#
    try folder.write(Data("\(line)\n".utf8), to: "run.jsonl")
    try folder.write(Data("\(line)\n{\"path\n".utf8), to: "bad.jsonl")
    try folder.write(Data("{\"a\": 1}\n".utf8), to: "other.jsonl")
    try folder.write(Data(), to: "empty.jsonl")
    let before = try folder.names
    let outcome = try BuiltProgram.run(arguments, in: folder.url)
    #expect(outcome.exitCode == status && outcome.stdout.isEmpty)
    #expect(outcome.stderr.contains(message), "\(outcome.stderr)")
    #expect(try folder.names == before)
  }

  @Test("the report of an evaluation has the mistakes, and heat maps of the worst")
  func evaluation() throws {
    try folder.copy("coffee.png", to: "data/n07920052/coffee.png")
    try folder.copy("rocket.jpg", to: "data/goldfish/rocket.jpg")
    try folder.copy("cat.jpg", to: "data/brain_coral/cat.jpg")
    let outcome = try run(
      "evaluate", "data", "--report", "r.html", "--report-heat-maps", "1", "--json")
    #expect(outcome.exitCode == 0)
    let page = try page()
    #expect(page.names.sorted() == ["cat.jpg", "rocket.jpg"])
    #expect(page.text.contains("\"accuracy\":0.33333334"))
    let maps = try #require(page.text.firstMatch(of: /"maps":\{"(\d)":\[\[\d+,\d+,"\/9j/))
    // The one whose wrong answer is the more probable.
    let shares = page.rows.map { ($0[1] as? [Int])?[1] ?? 0 }
    #expect(Int(maps.1) == shares.firstIndex(of: shares.max() ?? 0))
    let plain = try run("evaluate", "data", "--json")
    func steady(_ text: String) -> String { text.replacing(/"seconds".*?"conf/, with: "") }
    #expect(steady(plain.stdout) == steady(outcome.stdout))
  }
}
