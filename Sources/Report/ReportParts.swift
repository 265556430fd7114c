import JSON
import System

/// The files beside a page that hold its thumbnails where they are too many for the page: scripts,
/// each with one block.
///
/// A page and its files belong together. Their names have a part that no other report's files have,
/// so that an older page keeps its own until the new one replaces it.
struct ReportParts {
  /// `report.files` for `report.html`, and `report.htm-files` for `report.htm`, so that no two
  /// pages share a folder.
  let folder: RawPath
  private let mark: String
  private let count: Int

  private static let prefix = "thumbnails-"
  private static let ending = "js"

  init(page: RawPath, count: Int) {
    folder = Self.folder(of: page)
    let digits = String(UInt32.random(in: .min ... .max), radix: 16)
    mark = String(repeating: "0", count: 8 - digits.count) + digits
    self.count = count
  }

  static func folder(of page: RawPath) -> RawPath {
    let name = Array(page.lastComponent)
    let ending = Array(".html".utf8)
    // Some file systems do not distinguish upper and lower case.
    let hasEnding = name.count > ending.count && page.lowercasedExtension == "html"
    let folder =
      hasEnding
      ? name.dropLast(ending.count) + Array(".files".utf8) : name + Array("-files".utf8)
    return page.parent.appending(folder)
  }

  /// What the page has to know to find the files.
  var json: JSONValue {
    [
      // A name that is not UTF-8 cannot be written as it is, and may be anything in an address.
      "folder": .string(percentEncoded(Array(folder.lastComponent)) + "/"),
      "prefix": .string("\(Self.prefix)\(mark)-"),
      "ending": .string(".\(Self.ending)"),
    ]
  }

  private func name(_ number: Int) -> String { "\(Self.prefix)\(mark)-\(number).\(Self.ending)" }

  /// Writes all files.
  ///
  /// - Returns: their bytes.
  func write(_ contents: PageContents) throws(SystemError) -> Int {
    try makeFolder(folder)
    var total = 0
    try contents.readBlocks { number, digits throws(SystemError) in
      let file = try AtomicFile(folder.appending(name(number)))
      let start = Array("\"use strict\";\nthumbnails.add(\(number), \"".utf8)
      let end = Array("\");\n".utf8)
      for bytes in [start, digits, end] { try file.write(bytes.span) }
      try file.commit()
      total += start.count + digits.count + end.count
    }
    return total
  }

  /// Removes the files that were written.
  func remove() {
    for number in 0..<count { try? removeFile(folder.appending(name(number))) }
    try? removeEmptyFolder(folder)
  }

  /// Removes the files of other reports that were at `page`.
  ///
  /// - Parameter kept: the files that stay; nil for none.
  static func removeOld(beside page: RawPath, except kept: ReportParts?) {
    let folder = folder(of: page)
    guard let names = try? FolderListing(of: folder, extensions: [ending]).files else { return }
    let kept = kept.map { Array("\(prefix)\($0.mark)-".utf8) }
    var hasRemoved = false
    for name in names where isOwn(name) {
      if let kept, name.bytes.starts(with: kept) { continue }
      try? removeFile(folder.appending(name.bytes))
      hasRemoved = true
    }
    if hasRemoved { try? removeEmptyFolder(folder) }
  }

  /// Whether ``name(_:)`` gives such names: all other files are the user's.
  private static func isOwn(_ name: RawPath) -> Bool {
    guard name.isUTF8, name.repaired.hasPrefix(prefix), name.repaired.hasSuffix(".\(ending)") else {
      return false
    }
    let parts = name.repaired.dropFirst(prefix.count).dropLast(ending.count + 1)
      .split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].count == 8 && parts[0].allSatisfy(\.isHexDigit)
      && !parts[1].isEmpty && parts[1].allSatisfy { ("0"..."9").contains($0) }
  }
}
