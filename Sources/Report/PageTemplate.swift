import CReportPage

/// The parts of the page that are compiled into the program.
struct PageTemplate {
  /// The HTML up to each mark `{{NAME}}`, and what is behind the last one.
  private let pieces: [(text: String, mark: String?)]
  let style: String
  let script: String

  static let shared = PageTemplate()

  private init() {
    // SAFETY: the functions give the address and the size of memory that is never freed or changed.
    let template = unsafe Self.text(
      report_page_template_bytes(), report_page_template_size())
    style = unsafe Self.text(report_page_style_bytes(), report_page_style_size())
    script = unsafe Self.text(report_page_script_bytes(), report_page_script_size())
    var pieces: [(String, String?)] = []
    var rest = template[...]
    while let start = rest.firstRange(of: "{{"), let end = rest.firstRange(of: "}}") {
      pieces.append(
        (String(rest[..<start.lowerBound]), String(rest[start.upperBound..<end.lowerBound])))
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
    text: (String) throws(Failure) -> Void, mark: (String) throws(Failure) -> Void
  ) throws(Failure) {
    for piece in pieces {
      try text(piece.text)
      if let name = piece.mark { try mark(name) }
    }
  }
}
