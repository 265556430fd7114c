import CReportPage

/// The parts of the page that are compiled into the program.
struct PageTemplate {
  /// Where the template has something that differs from page to page: `{{NAME}}`.
  enum Mark: String {
    case policy = "POLICY"
    case title = "TITLE"
    case style = "STYLE"
    case script = "SCRIPT"
    case data = "DATA"
    case thumbnails = "THUMBNAILS"
  }

  /// The HTML up to each mark, and what is behind the last one.
  private let pieces: [(text: String, mark: Mark?)]
  let style: String
  let script: String

  static let shared = PageTemplate()

  private init() {
    // SAFETY: the functions give the address and the size of memory that is never freed or changed.
    let template = unsafe Self.text(
      report_page_template_bytes(), report_page_template_size())
    style = unsafe Self.text(report_page_style_bytes(), report_page_style_size())
    script = unsafe Self.text(report_page_script_bytes(), report_page_script_size())
    var pieces: [(String, Mark?)] = []
    var rest = template[...]
    while let start = rest.firstRange(of: "{{"), let end = rest.firstRange(of: "}}") {
      let name = String(rest[start.upperBound..<end.lowerBound])
      pieces.append((String(rest[..<start.lowerBound]), Mark(rawValue: name)))
      rest = rest[end.upperBound...]
    }
    pieces.append((String(rest), nil))
    self.pieces = pieces
  }

  @unsafe private static func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// Walks through the template in order.
  func write<Failure: Error>(
    text: (String) throws(Failure) -> Void, mark: (Mark) throws(Failure) -> Void
  ) throws(Failure) {
    for piece in pieces {
      try text(piece.text)
      if let found = piece.mark { try mark(found) }
    }
  }
}
