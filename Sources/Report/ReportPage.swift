public import JSON
import System

/// What a page says beside its rows.
public struct ReportHeader: Sendable {
  /// What was classified, for the title.
  public var title: String
  /// The model's name; nil where records of several models are together.
  public var model: String?
  /// The name and version of the program.
  public var generator: String
  /// Seconds since the beginning of 1970.
  public var time: Int
  /// What an evaluation found; nil on the page of a classification.
  public var evaluation: JSONValue?
  /// What was searched for photos that look like others; nil on other pages.
  public var search: JSONValue?

  public init(title: String, model: String?, generator: String, time: Int) {
    self.title = title
    self.model = model
    self.generator = generator
    self.time = time
  }
}

/// A page that was written.
public struct WrittenReport: Sendable, Equatable {
  /// The bytes of the page.
  public var pageBytes = 0
  /// The bytes of the files beside it.
  public var partBytes = 0
  /// The files beside it.
  public var parts = 0
}

/// Writes one HTML page: style, script, rows and thumbnails, which need nothing else.
struct ReportPage {
  let header: ReportHeader
  let contents: PageContents
  /// Where the thumbnails are.
  let parts: ReportParts?
  /// The address of the working directory, to which the paths of photos are relative, as seen from
  /// the page; nil where it is not known.
  let base: String?
  /// The SHA-256 digest of a text.
  let sha256: (Span<UInt8>) -> [UInt8]

  /// The digits that the size of the page takes in the page itself, with spaces.
  private static let sizeWidth = 16

  /// The bytes of the page.
  var size: Int {
    var count = 0
    try? write { (bytes) throws(SystemError) in
      count += bytes.count
    } rows: {
      () throws(SystemError) in
      count += contents.rowBytes + contents.joint
    } blocks: {
      () throws(SystemError) in
      for number in contents.blockStarts.indices {
        count += Self.blockStart(number).utf8.count + Self.blockEnd.utf8.count
      }
      count += contents.thumbnailDigits
    } size: {
      0
    }
    return count
  }

  func write(
    _ output: (Span<UInt8>) throws(SystemError) -> Void, size: Int
  ) throws(SystemError) {
    try write(output) { () throws(SystemError) in
      try contents.readRows(output)
    } blocks: { () throws(SystemError) in
      try contents.readBlocks { number, digits throws(SystemError) in
        try output(Array(Self.blockStart(number).utf8).span)
        try output(digits.span)
        try output(Array(Self.blockEnd.utf8).span)
      }
    } size: {
      size
    }
  }

  /// - Parameters:
  ///   - rows: writes the rows.
  ///   - blocks: writes the thumbnails, if they are inside of the page.
  private func write(
    _ output: (Span<UInt8>) throws(SystemError) -> Void,
    rows: () throws(SystemError) -> Void,
    blocks: () throws(SystemError) -> Void,
    size: () -> Int
  ) throws(SystemError) {
    func write(_ text: String) throws(SystemError) { try output(Array(text.utf8).span) }
    let template = PageTemplate.shared
    try template.write { text throws(SystemError) in
      try write(text)
    } mark: { mark throws(SystemError) in
      switch mark {
      case .policy: try write(htmlText(policy))
      case .title: try write(htmlText(header.title))
      case .style: try write(template.style)
      case .script: try write(template.script)
      case .data:
        let digits = String(size())
        try write(dataStart)
        try write(String(repeating: " ", count: max(0, Self.sizeWidth - digits.count)) + digits)
        try write(",\"rows\":[")
        try rows()
        try write("\n]}")
      case .thumbnails: if parts == nil { try blocks() }
      }
    }
  }

  /// The beginning of the data, up to the size of the page.
  private var dataStart: String {
    let members: JSONValue = [
      "title": .string(header.title),
      "model": header.model.map(JSONValue.string) ?? .null,
      "generator": .string(header.generator),
      "time": .integer(header.time),
      "base": base.map(JSONValue.string) ?? .null,
      "shareUnits": .integer(Int(PageRow.shareUnits)),
      "classes": contents.tables.classesJSON,
      "archives": contents.tables.archivesJSON,
      "blocks": .array(contents.blockStarts.map(JSONValue.integer)),
      "parts": parts?.json ?? .null,
      "evaluation": header.evaluation ?? .null,
      "search": header.search ?? .null,
    ]
    return members.scriptText.dropLast() + ",\"bytes\":"
  }

  /// What the page may do: show its own style, run its own script, and show pictures that are in it
  /// or that are files. It may not reach the network.
  ///
  /// Thumbnails beside the page come as scripts, because a page that is a file may not read other
  /// files. The page's own script is allowed to load scripts where there are such files.
  private var policy: String {
    let template = PageTemplate.shared
    return "default-src 'none'; img-src data: file:; style-src \(source(template.style)); "
      + "script-src \(source(template.script))\(parts == nil ? "" : " 'strict-dynamic'"); "
      + "base-uri 'none'; form-action 'none'"
  }

  private func source(_ text: String) -> String {
    let digest = sha256(Array(text.utf8).span)
    return "'sha256-" + String(decoding: base64Digits(of: digest), as: UTF8.self) + "'"
  }

  private static func blockStart(_ number: Int) -> String {
    "\n<script type=\"text/plain\" id=\"thumbnails-\(number)\">"
  }

  private static let blockEnd = "</script>"
}

extension PageContents {
  /// The bytes between the two parts of the rows.
  fileprivate var joint: Int { hasBothParts ? 1 : 0 }
}
