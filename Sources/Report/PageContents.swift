public import Classification
public import Network
public import System

/// The rows and thumbnails of a page while they come: in files without names, so that memory does
/// not grow with them.
///
/// Thumbnails are stored as base64 digits, each for itself, in blocks of about 1 MB. A page finds a
/// thumbnail from the number of the row with which its block begins, and the lengths in the rows.
public final class PageContents {
  /// Rows may come in two parts, each in its own order: what an earlier run recorded comes first on
  /// the page, even where it is read last.
  public enum Part: Sendable {
    case earlier
    case current
  }

  /// The most base64 digits of one block, unless a thumbnail alone has more.
  static let blockLimit = 1 << 20

  private(set) var tables = PageTables()
  private var earlier: Section
  private var current: Section

  /// - Parameter path: a file in a folder that has room for the contents.
  public init(scratchBeside path: RawPath) throws(SystemError) {
    earlier = try Section(beside: path)
    current = try Section(beside: path)
  }

  public var rowCount: Int { earlier.rowCount + current.rowCount }
  /// How many of the inputs failed.
  public var failureCount: Int { earlier.failureCount + current.failureCount }
  public var thumbnailCount: Int { earlier.thumbnailCount + current.thumbnailCount }

  var hasBothParts: Bool { earlier.rowCount > 0 && current.rowCount > 0 }
  /// The base64 digits of all thumbnails.
  var thumbnailDigits: Int { earlier.thumbnails.count + current.thumbnails.count }
  /// The bytes of all rows.
  var rowBytes: Int { earlier.rows.count + current.rows.count }
  /// For each block, the number of the row with which it begins.
  var blockStarts: [Int] {
    earlier.blocks.map(\.firstRow) + current.blocks.map { earlier.rowCount + $0.firstRow }
  }

  /// Adds a row behind the others of its part.
  ///
  /// - Parameters:
  ///   - thumbnail: a JPEG file.
  ///   - truth: the right class, where it is known.
  ///   - found: what the photo was found for; nil where it was not found by a search.
  /// - Returns: the number of the row in its part.
  @discardableResult
  public func add(
    _ record: Record, thumbnail: [UInt8]?, truth: ClassLabel? = nil, found: FoundPhoto? = nil,
    to part: Part = .current
  ) throws(SystemError) -> Int {
    let digits = thumbnail.map(base64Digits) ?? []
    let row = PageRow(
      record, thumbnailDigits: digits.count, truth: truth, found: found, tables: &tables)
    let bytes = Array(row.json.scriptText.utf8)
    let hasFailed = if case .failed = record.outcome { true } else { false }
    switch part {
    case .earlier: return try earlier.add(bytes, digits, hasFailed: hasFailed)
    case .current: return try current.add(bytes, digits, hasFailed: hasFailed)
    }
  }

  /// The number by which the page knows a class.
  public func number(of label: ClassLabel) -> Int { tables.number(of: label) }

  /// Passes the rows to `body`, part by part: elements of a JSON array without its brackets.
  func readRows(_ body: (Span<UInt8>) throws(SystemError) -> Void) throws(SystemError) {
    try earlier.rows.flush()
    try current.rows.flush()
    try earlier.rows.file.readAll(body)
    if hasBothParts {
      try body([UInt8(ascii: ",")].span)
    }
    try current.rows.file.readAll(body)
  }

  /// Passes the digits of each block to `body`, one block after the other.
  func readBlocks(
    _ body: (_ number: Int, _ digits: [UInt8]) throws(SystemError) -> Void
  ) throws(SystemError) {
    try earlier.thumbnails.flush()
    try current.thumbnails.flush()
    var number = 0
    for section in [earlier, current] {
      for index in section.blocks.indices {
        try body(number, try section.digits(ofBlock: index))
        number += 1
      }
    }
  }
}

/// Rows and thumbnails that come in one order.
private struct Section {
  struct Block {
    let firstRow: Int
    let offset: Int
  }

  var rows: ScratchBuffer
  var thumbnails: ScratchBuffer
  var blocks: [Block] = []
  var rowCount = 0
  var failureCount = 0
  var thumbnailCount = 0

  init(beside path: RawPath) throws(SystemError) {
    rows = try ScratchBuffer(beside: path)
    thumbnails = try ScratchBuffer(beside: path)
  }

  mutating func add(
    _ row: [UInt8], _ digits: [UInt8], hasFailed: Bool
  ) throws(SystemError) -> Int {
    if !digits.isEmpty {
      let offset = thumbnails.count
      let isFull =
        blocks.last.map { offset - $0.offset + digits.count > PageContents.blockLimit } ?? true
      if isFull { blocks.append(Block(firstRow: rowCount, offset: offset)) }
      try thumbnails.append(digits)
      thumbnailCount += 1
    }
    try rows.append((rowCount == 0 ? [UInt8(ascii: "\n")] : Array(",\n".utf8)) + row)
    defer { rowCount += 1 }
    if hasFailed { failureCount += 1 }
    return rowCount
  }

  func digits(ofBlock index: Int) throws(SystemError) -> [UInt8] {
    let end = index + 1 < blocks.count ? blocks[index + 1].offset : thumbnails.count
    return try thumbnails.file.read(blocks[index].offset..<end)
  }
}

/// A scratch file that is written in large pieces.
private struct ScratchBuffer {
  let file: ScratchFile
  private var pending: [UInt8] = []

  private static let pieceSize = 1 << 16

  init(beside path: RawPath) throws(SystemError) {
    file = try ScratchFile(beside: path)
  }

  var count: Int { file.count + pending.count }

  mutating func append(_ bytes: [UInt8]) throws(SystemError) {
    pending += bytes
    if pending.count >= Self.pieceSize { try flush() }
  }

  mutating func flush() throws(SystemError) {
    guard !pending.isEmpty else { return }
    try file.append(pending.span)
    pending.removeAll(keepingCapacity: true)
  }
}
