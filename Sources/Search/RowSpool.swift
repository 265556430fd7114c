public import System

/// New rows of an index until the index is written: in a file without a name, because they may be
/// too many for memory, or in memory.
public final class RowSpool {
  private enum Place {
    case memory([UInt8])
    case file(ScratchFile)
  }

  private var place: Place
  private let rowSize: Int
  /// How many rows there are.
  private(set) var count = 0

  /// - Parameters:
  ///   - rowSize: bytes of a row.
  ///   - path: the file lies in the folder of this path; nil keeps the rows in memory.
  public init(rowSize: Int, beside path: RawPath?) throws(SystemError) {
    self.rowSize = rowSize
    place =
      if let path { .file(try ScratchFile(beside: path)) } else { .memory([]) }
  }

  func append(_ row: [UInt8]) throws(SystemError) {
    precondition(row.count == rowSize)
    switch place {
    case .memory(var bytes):
      place = .memory([])
      bytes += row
      place = .memory(bytes)
    case .file(let file): try file.append(row.span)
    }
    count += 1
  }

  /// Passes all bytes to `body`, part by part, in their order.
  func readAll(_ body: (Span<UInt8>) throws(SystemError) -> Void) throws(SystemError) {
    switch place {
    case .memory(let bytes): try body(bytes.span)
    case .file(let file): try file.readAll(body)
    }
  }
}
