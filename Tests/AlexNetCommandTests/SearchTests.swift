import Foundation
import Testing

/// `alexnet index`, `similar` and `duplicates`, as a user runs them.
@Suite struct SearchCommandTests {
  private let folder: TemporaryFolder

  /// Three photos, a copy of one, a link to one under another name, and a file that is no photo.
  init() throws {
    folder = try TemporaryFolder()
    try folder.copy("cat.jpg", to: "photos/cat.jpg")
    try folder.copy("coffee.png", to: "photos/coffee.png")
    try folder.copy("rocket.jpg", to: "photos/rocket.jpg")
    try folder.copy("cat.jpg", to: "photos/more/copy.jpg")
    let manager = FileManager.default
    try manager.linkItem(at: folder["photos/rocket.jpg"], to: folder["photos/hard.jpg"])
    try manager.createSymbolicLink(
      at: folder["photos/soft.jpg"], withDestinationURL: folder["photos/rocket.jpg"])
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(arguments, in: folder.url)
  }

  private func paths(_ record: [String: Any], _ list: String) -> [String] {
    (record[list] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
  }

  @Test("an index is made, updated, and searched; an update says what it did and reads no more")
  func wholeStory() throws {
    let made = try run("index", "photos", "-o", "p.index")
    #expect(made.exitCode == 0 && made.stdout.isEmpty)
    #expect(made.stderr.contains("p.index: 6 photos (6 added, 0 changed, 0 removed, 0 unchanged)"))
    let before = try Data(contentsOf: folder["p.index"])
    let again = try run("index", "photos", "-o", "p.index")
    #expect(again.stderr.contains("(0 added, 0 changed, 0 removed, 6 unchanged)"))
    #expect(try Data(contentsOf: folder["p.index"]) == before)

    let found = try run(
      "similar", "photos/cat.jpg", "photos/coffee.png", "--index", "p.index",
      "--jsonl", "--top", "2")
    #expect(found.exitCode == 0)
    let records = try objects(found.stdout)
    // The copy is the nearest, and the photo itself is left out.
    #expect(paths(records[0], "similar").first == "photos/more/copy.jpg")
    #expect((records[0]["similar"] as? [[String: Any]])?.count == 2)
    #expect((records[0]["similar"] as? [[String: Any]])?[0]["similarity"] as? Double == 1)
    #expect(!paths(records[1], "similar").contains("photos/coffee.png"))
    #expect(records[0]["layer"] as? String == "fc7")

    // All names of a file are left out, and listed on request.
    let rocket = try objects(
      run("similar", "photos/soft.jpg", "--index", "p.index", "--jsonl").stdout)
    #expect(paths(rocket[0], "similar").count == 3)
    let own = try objects(
      run("similar", "photos/soft.jpg", "--index", "p.index", "--jsonl", "--include-self").stdout)
    #expect(
      paths(own[0], "similar").prefix(3)
        == ["photos/hard.jpg", "photos/rocket.jpg", "photos/soft.jpg"])

    try folder.copy("coffee.png", to: "photos/new.png")
    try folder.copy("rocket.jpg", to: "photos/cat.jpg")
    try FileManager.default.removeItem(at: folder["photos/more/copy.jpg"])
    let update = try run("index", "--update", "-o", "p.index")
    #expect(
      update.stderr.contains("p.index: 6 photos (1 added, 1 changed, 1 removed, 4 unchanged)"))
    #expect(try folder.names == ["p.index", "photos"])
  }

  @Test("near copies: exact ones are marked, a file is no copy of itself, and nothing is deleted")
  func duplicates() throws {
    _ = try run("index", "-q", "photos", "-o", "p.index")
    let direct = try run("duplicates", "photos", "photos/cat.jpg", "--jsonl")
    let indexed = try run("duplicates", "--index", "p.index", "--jsonl")
    #expect(direct.exitCode == 0 && direct.stdout == indexed.stdout)
    let groups = try objects(direct.stdout)
    #expect(groups.count == 1)
    let photos = try #require(groups[0]["photos"] as? [[String: Any]])
    #expect(Set(paths(groups[0], "photos")) == ["photos/cat.jpg", "photos/more/copy.jpg"])
    #expect(photos[0]["keep"] as? Bool == true && photos[1]["keep"] as? Bool == false)
    #expect(photos[1]["exact_copy_of"] as? String == photos[0]["path"] as? String)
    #expect(photos[0]["width"] as? Int == 451 && photos[0]["bytes"] as? Int ?? 0 > 10_000)
    let table = try run("duplicates", "photos")
    #expect(table.lines.count == 2 && table.lines[0].hasPrefix("keep "))
    #expect(table.lines[1].hasPrefix("exact copy "))
    #expect(table.stderr.contains("1 group among 4 photos: 1 copy beside those to keep"))
    let csv = try run("duplicates", "--index", "p.index", "--csv")
    #expect(csv.lines.count == 3 && csv.lines[0].hasPrefix("group,keep,path,path_base64,"))
    #expect(
      try run("duplicates", "photos/rocket.jpg", "photos/hard.jpg", "--json").stdout == "[]\n")
  }

  @Test("every format of similar carries the same photos")
  func formats() throws {
    _ = try run("index", "-q", "photos", "-o", "p.index")
    let arguments = ["similar", "photos/coffee.png", "missing.jpg", "--index", "p.index", "-q"]
    func output(_ more: String...) throws -> BuiltProgram.Outcome {
      try BuiltProgram.run(arguments + more, in: folder.url)
    }
    let lines = try output("--jsonl")
    #expect(lines.exitCode == 1)
    let records = try objects(lines.stdout)
    #expect((records[1]["error"] as? [String: Any])?["code"] as? String == "not_found")
    let array = try #require(
      try JSONSerialization.jsonObject(with: Data(output("--json").stdout.utf8)) as? [[String: Any]]
    )
    #expect(array.count == 2 && paths(array[0], "similar") == paths(records[0], "similar"))
    let rows = try output("--csv").lines.map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows.count == 7 && rows[1..<6].map { String($0[7]) } == paths(records[0], "similar"))
    #expect(rows[6][10] == "not_found")
    let table = try output()
    #expect(table.exitCode == 1 && table.stderr.contains("missing.jpg: no such file"))
    #expect(table.lines[0] == "photos/coffee.png  600x400" && table.lines.count == 6)
    #expect(
      table.lines[1].hasPrefix("  1  0.")
        && table.lines[1].hasSuffix(paths(records[0], "similar")[0]))
    #expect(try output("--top", "1", "--jsonl").stdout.contains("\"rank\": 2") == false)
    let none = try run(
      "similar", "photos/coffee.png", "--index", "p.index", "--min-similarity", "0.999")
    #expect(none.stdout == "no photo is similar enough\n" && none.exitCode == 0)
  }

  @Test("similar --report has each query and its photos; photos that are gone have no thumbnail")
  func report() throws {
    try folder.copy("rocket.jpg", to: "photos/<script>.jpg")
    _ = try run("index", "-q", "photos", "-o", "p.index")
    try FileManager.default.removeItem(at: folder["photos/coffee.png"])
    let arguments = ["similar", "photos/cat.jpg", "missing.jpg", "--index", "p.index", "--jsonl"]
    let plain = try BuiltProgram.run(arguments, in: folder.url)
    let reported = try BuiltProgram.run(arguments + ["--report", "r.html"], in: folder.url)
    #expect(reported.stdout == plain.stdout && reported.exitCode == 1 && plain.exitCode == 1)
    #expect(reported.stderr.contains("wrote the report r.html"))
    #expect(reported.stderr.contains("1 photo without a thumbnail"))

    let text = try folder.text("r.html")
    #expect(!text.contains("<script>.jpg"))
    let page = try ReportedPage(text)
    let similar = try #require(try objects(plain.stdout)[0]["similar"] as? [[String: Any]])
    let found = similar.compactMap { $0["path"] as? String }
    #expect(found.count == 6 && found.contains("photos/<script>.jpg"))
    #expect(
      page.rows.compactMap { $0[0] as? String } == ["photos/cat.jpg"] + found + ["missing.jpg"])
    for (row, photo) in zip(1..., similar) {
      #expect(page.number(8, of: row) == 1 && page.number(9, of: row) == row)
      let similarity = try #require(photo["similarity"] as? Double)
      #expect(page.number(10, of: row) == Int((similarity * 10_000).rounded()))
    }
    #expect(page.number(8, of: 0) == 0 && page.number(8, of: 7) == 0)
    #expect(
      page.thumbnails.map { $0 > 0 } == [true] + found.map { $0 != "photos/coffee.png" } + [false])
    #expect((page["search"] as? [String: Any])?["layer"] as? String == "fc7")
  }

  @Test("links of a report lead to the photos of an index that was made in another folder")
  func reportElsewhere() throws {
    _ = try run("index", "-q", "photos", "-o", "p.index")
    let outcome = try BuiltProgram.shell(
      """
      mkdir other; cd other
      alexnet similar - --index ../p.index --top 2 --report ../r.html <../photos/cat.jpg
      """, in: folder.url)
    #expect(outcome.exitCode == 0 && outcome.lines.count == 2)
    let page = try ReportedPage(folder.text("r.html"))
    #expect(page.rows.count == 3 && page.thumbnails.allSatisfy { $0 > 1000 })
    #expect((page.rows[1][0] as? String)?.hasPrefix("/") == true)
  }

  @Test("index and duplicates take the files that classify takes, and count the others as it does")
  func sameFiles() throws {
    try folder.copy("coffee.png", to: "photos/no ending")
    try folder.write(Data("RIFF\0\0\0\0WEBPVP8 ".utf8), to: "photos/late.webp")
    try folder.write(Data("text".utf8), to: "photos/notes.txt")
    try folder.write(Data("text".utf8), to: "photos/other")
    let classified = try run("photos", "--jsonl", "--top", "1")
    let note = try #require(
      classified.stderr.split(separator: "\n").first {
        $0.contains("skipped 2 files that are no picture: 1 .txt, 1 without an ending (photos/")
      })
    let made = try run("index", "photos", "-o", "p.index")
    #expect(made.exitCode == 1 && made.stderr.contains(note), "\(made.stderr)")
    #expect(made.stderr.contains("photos/late.webp: ") && made.stderr.contains("1 failed"))
    #expect(made.stderr.contains("p.index: 7 photos"))
    let copies = try run("duplicates", "photos", "--jsonl")
    #expect(copies.exitCode == 1 && copies.stderr.contains(note), "\(copies.stderr)")
    #expect(copies.stdout.contains("photos/no ending"))
  }

  @Test("an index of another layer, preprocessing or precision is refused with what differs")
  func refusals() throws {
    _ = try run("index", "-q", "photos/cat.jpg", "--layer", "fc6", "-o", "p.index")
    let before = try Data(contentsOf: folder["p.index"])
    let layer = try run("index", "photos", "--layer", "fc7", "-o", "p.index")
    #expect(layer.exitCode == 64 && layer.stderr.contains("layer fc6, not fc7"))
    let store = try run("index", "photos", "--store", "f16", "-o", "p.index")
    #expect(store.exitCode == 64 && store.stderr.contains("stored values of int8, not f16"))
    let precision = try run("index", "photos", "--precision", "int8", "-o", "p.index")
    #expect(precision.exitCode == 64 && precision.stderr.contains("precision fp32, not int8"))
    let prepared = try run(
      "similar", "photos/cat.jpg", "--index", "p.index", "--preprocess", "caffe")
    #expect(prepared.exitCode == 64 && prepared.stderr.contains("preprocessing "))
    let large = try run("index", "photos", "--layer", "conv1", "-o", "other.index")
    #expect(large.exitCode == 64 && large.stderr.contains("290400 values"))
    // The layer of the index is that of its queries.
    let found = try run("similar", "photos/rocket.jpg", "--index", "p.index", "--jsonl")
    #expect(found.exitCode == 0 && found.stdout.contains("\"layer\": \"fc6\""))
    #expect(try Data(contentsOf: folder["p.index"]) == before)
    #expect(try folder.names == ["p.index", "photos"])
  }

  @Test("what is no index is neither read nor replaced")
  func otherFiles() throws {
    try folder.write(Data("precious".utf8), to: "notes.txt")
    let replaced = try run("index", "photos", "-o", "notes.txt")
    #expect(replaced.exitCode == 64 && replaced.stderr.contains("is not an index"))
    let photo = try run("index", "photos", "-o", "photos/cat.jpg")
    #expect(photo.exitCode == 64)
    #expect(try folder.text("notes.txt") == "precious")
    let read = try run("similar", "photos/cat.jpg", "--index", "notes.txt")
    #expect(read.exitCode == 65 && read.stderr.contains("is not an index"))
    let missing = try run("similar", "photos/cat.jpg", "--index", "nowhere")
    #expect(missing.exitCode == 66 && missing.stderr.contains("'alexnet index' makes an index"))
    _ = try run("index", "-q", "photos/cat.jpg", "-o", "p.index")
    let data = try Data(contentsOf: folder["p.index"])
    try folder.write(data.dropLast(), to: "cut.index")
    let cut = try run("duplicates", "--index", "cut.index")
    #expect(cut.exitCode == 65 && cut.stderr.contains("1 bytes are missing at its end"))
    let over = try run("similar", "photos/cat.jpg", "--index", "p.index", "-o", "p.index")
    #expect(over.exitCode == 64 && over.stderr.contains("would replace the index"))
    #expect(try Data(contentsOf: folder["p.index"]) == data)
  }

  @Test("damaged photos are reported, and the others are in the index")
  func damaged() throws {
    try folder.write(Data("text".utf8), to: "photos/bad.jpg")
    let made = try run("index", "photos", "-o", "p.index")
    #expect(made.exitCode == 1 && made.stderr.contains("photos/bad.jpg: this is a text file"))
    #expect(made.stderr.contains("6 added") && made.stderr.contains("1 failed"))
    let copies = try run("duplicates", "photos", "-q")
    #expect(copies.exitCode == 1 && copies.lines.count == 2)
    try FileManager.default.createDirectory(
      at: folder["empty"], withIntermediateDirectories: true)
    let empty = try run("index", "empty", "-o", "e.index")
    #expect(empty.exitCode == 66 && empty.stderr.contains("there is no image among the inputs"))
    #expect(try folder.names == ["empty", "p.index", "photos"])
  }

  @Test("names with line breaks and bytes that are not UTF-8 keep their photos")
  func hostileNames() throws {
    let outcome = try BuiltProgram.shell(
      """
      mkdir odd; cp photos/cat.jpg $'odd/1\\n<b>.jpg'; cp photos/cat.jpg $'odd/2\\xff.jpg'
      cp photos/coffee.png 'odd/3", x.png'
      alexnet index --quiet odd -o o.index && alexnet index -q --update -o o.index
      alexnet similar -q odd --index o.index --jsonl --top 1
      alexnet duplicates -q --index o.index
      """, in: folder.url)
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty)
    let records = try objects(outcome.lines.prefix(3).joined(separator: "\n"))
    #expect(paths(records[0], "similar") == ["odd/2\u{FFFD}.jpg"])
    let encoded = (records[0]["similar"] as? [[String: Any]])?[0]["path_base64"] as? String
    #expect(
      encoded
        == Data([0x6F, 0x64, 0x64, 0x2F, 0x32, 0xFF, 0x2E, 0x6A, 0x70, 0x67])
        .base64EncodedString())
    #expect(paths(records[1], "similar") == ["odd/1\n<b>.jpg"])
    #expect(outcome.lines.count == 5 && outcome.lines[3].hasSuffix("odd/1\\n<b>.jpg"))
  }

  @Test("after kill -9 at any moment the index is the old one or the new one")
  func kills() throws {
    _ = try run("index", "-q", "photos/cat.jpg", "-o", "p.index")
    for milliseconds in [20, 60, 120, 250, 500] {
      _ = try BuiltProgram.run(
        ["index", "-q", "photos", "-o", "p.index"], in: folder.url, signal: SIGKILL,
        after: Double(milliseconds) / 1000)
      let found = try run("similar", "photos/cat.jpg", "--index", "p.index", "--jsonl", "-q")
      #expect(found.exitCode == 0)
    }
    #expect(try run("index", "photos", "-o", "p.index").stderr.contains("p.index: 6 photos"))
  }

  @Test("an interrupt keeps what was read so far, and leaves no temporary file")
  func interrupt() throws {
    for number in 0..<60 { try folder.copy("cat.jpg", to: "many/\(number).jpg") }
    let outcome = try BuiltProgram.run(
      ["index", "many", "-j", "1", "--batch-size", "1", "-o", "p.index"], in: folder.url,
      signal: SIGINT, after: 1.0)
    // A fast machine may have finished.
    #expect(outcome.exitCode == 130 || outcome.exitCode == 0)
    let rest = try run("index", "many", "-o", "p.index")
    #expect(rest.exitCode == 0 && rest.stderr.contains("p.index: 60 photos"))
    #expect(try folder.names == ["many", "p.index", "photos"])
  }

  @Test("more names of inputs than an index can keep are refused before any photo is read")
  func manyInputs() throws {
    // An index writes such a character as six.
    let names = (0..<2).map { String(repeating: "\u{1}", count: 100_000 + $0) }
    let outcome = try BuiltProgram.run(["index", "-o", "i.index"] + names, in: folder.url)
    #expect(outcome.exitCode == 64)
    #expect(outcome.stderr.contains("an index cannot keep the names of 2 inputs"))
    #expect(try !folder.names.contains("i.index"))
  }
}
