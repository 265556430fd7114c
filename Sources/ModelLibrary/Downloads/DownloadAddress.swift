import System

/// An address that a file can be fetched from.
enum DownloadAddress: Equatable {
  /// An http or https URL.
  case network(String)
  /// A file on this machine.
  case file(RawPath)

  /// The address of a file in a folder that an http, https or file URL names.
  init?(mirror: String, fileName: String) {
    let separator = mirror.hasSuffix("/") ? "" : "/"
    self.init(mirror + separator + fileName)
  }

  init?(_ url: String) {
    let lowercased = url.lowercased()
    if lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://") {
      self = .network(url)
      return
    }
    guard lowercased.hasPrefix("file://") else { return nil }
    var rest = url.dropFirst("file://".count)
    if rest.lowercased().hasPrefix("localhost/") { rest = rest.dropFirst("localhost".count) }
    guard rest.hasPrefix("/"), let bytes = Self.percentDecoded(rest) else { return nil }
    self = .file(RawPath(bytes))
  }

  /// Decodes as in RFC 3986, section 2.1; nil if a percent sign is not followed by two digits.
  private static func percentDecoded(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// The address for messages, without a user name and password that the URL may hold.
  var description: String {
    switch self {
    case .file(let path): return path.repaired
    case .network(let url):
      guard let start = url.firstRange(of: "//")?.upperBound,
        let at = url[start...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
      else { return url }
      return String(url[..<start]) + String(url[url.index(after: at)...])
    }
  }
}
