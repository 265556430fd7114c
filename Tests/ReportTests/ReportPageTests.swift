import Classification
import Images
import JSON
import Network
import Report
import System
import TemporaryFolder
import Testing

/// A page that was written, and its parts.
private struct Page {
  let text: String
  let data: JSONValue
  let written: WrittenReport

  var rows: [JSONValue] { data["rows"]?.array ?? [] }

  /// What stands in the element of that identifier.
  func element(_ id: String) -> Substring? {
    guard let start = text.firstRange(of: "id=\"\(id)\">") else { return nil }
    let rest = text[start.upperBound...]
    return rest.firstRange(of: "</script>").map { rest[..<$0.lowerBound] }
  }

  init(_ path: RawPath, _ written: WrittenReport) throws {
    self.written = written
    text = String(decoding: try readFile(path, limit: 1 << 26), as: UTF8.self)
    let start = try #require(text.firstRange(of: "id=\"data\">")).upperBound
    let end = try #require(text[start...].firstRange(of: "</script>")).lowerBound
    data = try JSONValue.parse(String(text[start..<end]))
  }
}

@Suite struct ReportPageTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static func record(_ path: RawPath, _ labels: String...) -> Record {
    Record(
      path: path,
      outcome: .answered(
        size: PixelSize(width: 30, height: 20),
        labels.enumerated().map { place, label in
          Prediction(
            rank: place + 1, index: place, wnid: nil, label: label,
            probability: 0.5 / Float(place + 1))
        }))
  }

  private static func failure(_ path: RawPath, _ message: String) -> Record {
    Record(path: path, outcome: .failed(ItemFailure(.corrupt, message)))
  }

  private func path(_ name: String) -> RawPath { folder.path.appending(name) }

  private func page(
    limit: Int = 1 << 20, title: String = "Photos", fill: (PageContents) throws -> Void
  ) throws -> Page {
    let file = try ReportFile(
      path("report.html"), sizeLimit: limit, scratchBeside: path("scratch"))
    try fill(file.contents)
    let header = ReportHeader(title: title, model: "m", generator: "g", time: 0)
    // Any 32 bytes do for a digest here.
    return try Page(
      path("report.html"), try file.commit(header) { _ in [UInt8](repeating: 7, count: 32) })
  }

  @Test("names that are markup or end a script are in the data, and nowhere else")
  func escaping() throws {
    let names = [
      "<script>alert(1)</script>.jpg", "a</script><img src=x onerror=alert(1)>", "<!--<script>",
      "\u{2028}\u{2029}\"'\\\n\u{0}&amp;",
    ]
    let page = try page(title: names[0]) { contents in
      for name in names {
        try contents.add(Self.record(RawPath(name), name, name), thumbnail: nil)
        try contents.add(Self.failure(RawPath(name), name), thumbnail: nil)
      }
    }
    #expect(page.rows.map { $0.array?[0].string } == names.flatMap { [$0, $0] })
    #expect(page.data["title"]?.string == names[0])
    #expect(
      page.data["classes"]?.array?.map { $0.array?[0].string } == names.map(Optional.some))
    #expect(page.rows[1].array?[1].strings == ["corrupt", names[0]])
    let data = try #require(page.element("data"))
    #expect(!data.contains("<") && !data.contains(">") && !data.contains("\u{2028}"))
    #expect(!page.text.contains("alert(1)</script>") && !page.text.contains("<img src=x"))
    #expect(page.text.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt;.jpg</title>"))
  }

  @Test("a name that is not UTF-8 keeps its bytes")
  func rawName() throws {
    let path = RawPath([0x61, 0xFF, 0x62])
    let page = try page { contents in
      try contents.add(Self.record(path, "x"), thumbnail: nil)
    }
    // base64 of 61 FF 62, by Python's base64 module.
    #expect(page.rows[0].array?[6].string == "Yf9i")
    #expect(page.rows[0].array?[0].string == "a\u{FFFD}b")
  }

  @Test("the page may run its own script and style, and reach no network")
  func policy() throws {
    let page = try page { _ in }
    let digest = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
    let policy =
      "default-src 'none'; img-src data: file:; style-src 'sha256-\(digest)'; script-src "
      + "'sha256-\(digest)'; base-uri 'none'; form-action 'none'"
    #expect(
      page.text.contains(
        "content=\"\(policy.replacing("'", with: "&#39;"))\""))
    #expect(!page.text.contains("http://") && !page.text.contains("https://"))
    #expect(!page.text.contains("{{") && !page.text.contains(" style=\""))
  }

  @Test("rows have classes by number, shares, sizes and thumbnails, without zeros at the end")
  func rows() throws {
    let page = try page { contents in
      try contents.add(Self.record("a", "x", "y"), thumbnail: [1, 2, 3, 4])
      try contents.add(
        Self.record("b", "y"), thumbnail: nil, truth: ClassLabel(wnid: nil, label: "z"))
      try contents.add(Self.failure("c", "bad"), thumbnail: nil)
    }
    #expect(
      page.rows.map(\.compactText) == [
        "[\"a\",[0,50000,1,25000],30,20,8]", "[\"b\",[1,50000],30,20,0,0,0,3]",
        "[\"c\",[\"corrupt\",\"bad\"]]",
      ])
    #expect(page.data["classes"]?.compactText == "[[\"x\"],[\"y\"],[\"z\"]]")
    // base64 of 01 02 03 04, by Python's base64 module.
    #expect(page.element("thumbnails-0") == "AQIDBA==")
    #expect(page.data["parts"] == .null)
  }

  @Test("photos that a search has found say for what, at which rank, and how similar they are")
  func found() throws {
    let page = try page { contents in
      try contents.add(Self.record("query"), thumbnail: nil)
      try contents.add(
        Self.record("a"), thumbnail: nil,
        found: FoundPhoto(query: 0, rank: 1, similarity: 0.98769))
      try contents.add(
        Self.record("b"), thumbnail: nil, found: FoundPhoto(query: 0, rank: 2, similarity: -0.25))
    }
    #expect(
      page.rows.map(\.compactText) == [
        "[\"query\",[],30,20]", "[\"a\",[],30,20,0,0,0,0,1,1,9877]",
        "[\"b\",[],30,20,0,0,0,0,1,2,-2500]",
      ])
    #expect(page.data["search"] == .null)
  }

  @Test("what an earlier run recorded comes first, even if it is added last")
  func order() throws {
    let page = try page { contents in
      try contents.add(Self.record("new", "x"), thumbnail: [1])
      try contents.add(Self.record("old 1", "x"), thumbnail: [2], to: .earlier)
      try contents.add(Self.record("old 2", "x"), thumbnail: [3], to: .earlier)
    }
    #expect(page.rows.map { $0.array?[0].string } == ["old 1", "old 2", "new"])
    #expect(page.data["blocks"]?.integers == [0, 2])
    // base64 of 02, 03 and 01, by Python's base64 module.
    #expect(page.element("thumbnails-0") == "Ag==Aw==" && page.element("thumbnails-1") == "AQ==")
  }

  @Test("the page says its own size")
  func size() throws {
    for count in [0, 1, 100] {
      let page = try page { contents in
        for number in 0..<count {
          try contents.add(Self.record(RawPath("\(number)"), "x"), thumbnail: [1, 2, 3])
        }
      }
      #expect(page.data["bytes"]?.integer == page.text.utf8.count)
      #expect(page.written.pageBytes == page.text.utf8.count)
    }
  }

  @Test("a thumbnail block has at most 1 MB, and begins with the row that the page names")
  func blocks() throws {
    let thumbnail = [UInt8](repeating: 0, count: 300_000)
    let page = try page(limit: 1 << 24) { contents in
      for number in 0..<6 {
        try contents.add(
          Self.record(RawPath("\(number)"), "x"), thumbnail: number == 1 ? nil : thumbnail)
      }
    }
    // 400,000 digits each: two fit.
    #expect(page.data["blocks"]?.integers == [0, 3, 5])
    #expect(page.element("thumbnails-0")?.utf8.count == 800_000)
    #expect(page.element("thumbnails-2")?.utf8.count == 400_000)
  }

  // MARK: Parts

  private func fill(_ contents: PageContents) throws {
    let thumbnail = [UInt8](repeating: 0, count: 600_000)
    for number in 0..<3 {
      try contents.add(Self.record(RawPath("\(number)"), "x"), thumbnail: thumbnail)
    }
  }

  private var parts: [String] {
    get throws {
      try FolderListing(of: path("report.files"), extensions: ["js"]).files.map(\.repaired)
    }
  }

  @Test("thumbnails that are too many for the page go to scripts beside it")
  func beside() throws {
    let page = try page(limit: 1 << 20, fill: fill)
    #expect(page.written.parts == 3 && page.text.utf8.count < 1 << 20)
    #expect(page.element("thumbnails-0") == nil)
    let prefix = try #require(page.data["parts"]?["prefix"]?.string)
    #expect(page.data["parts"]?["folder"]?.string == "report.files/")
    #expect(try parts == (0..<3).map { "\(prefix)\($0).js" })
    let part = try readFile(path("report.files/\(prefix)1.js"), limit: 1 << 24)
    let text = String(decoding: part, as: UTF8.self)
    #expect(text.hasPrefix("\"use strict\";\nthumbnails.add(1, \"AAAA"))
    #expect(text.hasSuffix("AAAA\");\n") && text.utf8.count > 800_000)
    #expect(page.text.contains("&#39;strict-dynamic&#39;"))
  }

  @Test("a new report takes the place of the old one's files, and of no other files")
  func replacing() throws {
    _ = try page(limit: 1 << 20, fill: fill)
    let old = try parts
    try folder.write([1], to: path("report.files/mine.js"))
    let page = try page(limit: 1 << 20, fill: fill)
    let prefix = try #require(page.data["parts"]?["prefix"]?.string)
    #expect(try parts == ["mine.js"] + (0..<3).map { "\(prefix)\($0).js" })
    #expect(!old.contains("\(prefix)0.js"))
    _ = try self.page(limit: 1 << 24, fill: fill)
    #expect(try parts == ["mine.js"])
    try removeFile(path("report.files/mine.js"))
    _ = try self.page(limit: 1 << 20, fill: fill)
    _ = try self.page(limit: 1 << 24, fill: fill)
    #expect((try? FileStatus(of: path("report.files"))) == nil)
  }

  @Test("a report that cannot be written leaves the old one and its files as they are")
  func failing() throws {
    let old = try page(limit: 1 << 20, fill: fill)
    let files = try parts
    // A file that is in the place of the folder of another report.
    try folder.write([], to: path("other.files"))
    let file = try ReportFile(path("other.html"), sizeLimit: 10, scratchBeside: path("x"))
    try fill(file.contents)
    let header = ReportHeader(title: "", model: nil, generator: "", time: 0)
    #expect(throws: SystemError.self) { try file.commit(header) { _ in [] } }
    #expect((try? FileStatus(of: path("other.html"))) == nil)
    #expect(try parts == files)
    let text = String(decoding: try readFile(path("report.html"), limit: 1 << 26), as: UTF8.self)
    #expect(text == old.text)
    #expect(try FolderListing(of: folder.path, extensions: ["html"]).files == ["report.html"])
  }
}

@Suite struct RecordReadingTests {
  @Test("records read as they were written")
  func records() throws {
    let answered = try #require(
      Record(
        json: try JSONValue.parse(
          """
          {"path": "a.jpg", "archive": "x.tar", "width": 3, "height": 2, "model": "m", \
          "predictions": [{"rank": 1, "index": 7, "wnid": null, "label": "tabby", \
          "probability": 0.25}]}
          """)))
    #expect(
      answered
        == Record(
          path: "a.jpg", archive: "x.tar",
          outcome: .answered(
            size: PixelSize(width: 3, height: 2),
            [Prediction(rank: 1, index: 7, wnid: nil, label: "tabby", probability: 0.25)])))
    let failed = try #require(
      Record(
        json: try JSONValue.parse(
          """
          {"path": "a?", "path_base64": "Yf8=", "error": {"code": "empty", "message": "no"}}
          """)))
    #expect(
      failed
        == Record(path: RawPath([0x61, 0xFF]), outcome: .failed(ItemFailure(.empty, "no"))))
  }

  @Test(
    "what is no record is refused",
    arguments: [
      "{}", "[]", "3", #"{"path": 3, "error": {"code": "empty", "message": "no"}}"#,
      #"{"path": "a", "width": 0, "height": 2, "predictions": []}"#,
      #"{"path": "a", "width": 2, "height": 2}"#,
      #"{"path": "a", "width": 2, "height": 2, "predictions": [1]}"#,
      #"{"path": "a", "width": 2, "height": 2, "predictions": [{"rank": 1, "index": 0, "label": "x", "probability": 2}]}"#,
      #"{"path": "a", "error": 1}"#, #"{"path": "a", "path_base64": "?", "error": {}}"#,
    ])
  func refused(text: String) throws {
    #expect(Record(json: try JSONValue.parse(text)) == nil)
  }
}
