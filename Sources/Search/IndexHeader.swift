import Kernels
import Tensors

/// The beginning of an index file, and with it the places of everything else in the file.
///
/// All numbers are little-endian. Every section begins at a multiple of 64 bytes; the bytes between
/// sections are 0. With n photos, D values a row and k values a sketch:
///
///     header       128 bytes
///       0    8     magic: 89 41 4C 58 0D 0A 1A 0A
///       8    4     version, 1
///       12   4     type of the values: 1 int8, 2 float16
///       16   8     n
///       24   8     D, 1 to 65536
///       32   8     k; 0 if there are no sketches
///       40   8     how many photos the directions of the sketches were learned from
///       48   8     bytes of the description
///       56   8     bytes of all paths
///       64   8     bytes of the file
///       72   48    0
///       120  8     FNV-1a of the 120 bytes before and of the description
///     description  JSON: model, layer, preprocessing, ... (`IndexDescription`)
///     entries      n x 80 bytes: 8 where the path begins, 4 its length, 4 width, 4 height,
///                  4 nanoseconds and 8 size and 8 seconds of the file, 32 SHA-256, 8 zeros
///     paths        bytes, one path after the other, in the order of the entries
///     scales       n x float32: one divided by the length of the row
///     directions   (k + 1) x D float32, orthonormal              - only where k > 0, as the next
///     sketches     n x k int8: the coordinates of the row along directions 1 to k
///     offsets      n x float32: the coordinate along direction 0
///     steps        n x float32: what a sketch's values are multiplied by
///     rests        n x float32: the length of the row without its part along the directions
///     errors       n x float32: the length of what rounding took from a sketch
///     rows         n x D values
///
/// The file ends with the last row. Coordinates, rests and errors are those of the row scaled to
/// length 1.
struct IndexHeader: Equatable {
  static let magic: [UInt8] = [0x89, 0x41, 0x4C, 0x58, 0x0D, 0x0A, 0x1A, 0x0A]
  static let version: UInt32 = 1
  static let size = 128
  static let entrySize = 80
  /// The most bytes of a description.
  static let longestDescription = 1 << 20
  /// The most values of a sketch.
  static let longestSketch = 4096
  private static let hashedSize = 120

  var element: FeatureRows.Element
  var count: Int
  var length: Int
  /// Values of a sketch; 0 if there are none.
  var sketchLength: Int
  /// How many photos the directions were learned from.
  var learnedFrom: Int
  var descriptionSize: Int
  var pathsSize: Int

  /// The parts of a file, as ranges of bytes.
  struct Layout: Equatable {
    let description: Range<Int>
    let entries: Range<Int>
    let paths: Range<Int>
    let scales: Range<Int>
    let directions: Range<Int>
    let sketches: Range<Int>
    let offsets: Range<Int>
    let steps: Range<Int>
    let rests: Range<Int>
    let errors: Range<Int>
    let rows: Range<Int>

    /// All parts, in the order of the file.
    var all: [Range<Int>] {
      [
        description, entries, paths, scales, directions, sketches, offsets, steps, rests, errors,
        rows,
      ]
    }

    /// Bytes of the file.
    var end: Int { rows.upperBound }
  }

  /// Where everything is; nil if the file would be larger than any.
  var layout: Layout? {
    var position = IndexHeader.size
    var overflow = false
    func section(_ factors: Int...) -> Range<Int> {
      var size = 1
      for factor in factors {
        let product = size.multipliedReportingOverflow(by: factor)
        overflow = overflow || product.overflow || factor < 0
        size = overflow ? 0 : product.partialValue
      }
      // Empty sections take no room, so that the file ends with the last row.
      let start = size == 0 ? position : (position + 63) / 64 * 64
      // No file reaches this size, and sums of a few such numbers do not overflow.
      guard size <= 1 << 60, start <= 1 << 60 else {
        overflow = true
        return 0..<0
      }
      position = start + size
      return start..<position
    }
    let sketched = sketchLength > 0 ? count : 0
    let layout = Layout(
      description: section(descriptionSize), entries: section(count, IndexHeader.entrySize),
      paths: section(pathsSize), scales: section(count, 4),
      directions: section(sketched > 0 ? sketchLength + 1 : 0, length, 4),
      sketches: section(sketched, sketchLength), offsets: section(sketched, 4),
      steps: section(sketched, 4), rests: section(sketched, 4), errors: section(sketched, 4),
      rows: section(count, length, element.size))
    return overflow ? nil : layout
  }

  /// The bytes of the header.
  func bytes(description: [UInt8], fileSize: Int) -> [UInt8] {
    var bytes = Self.magic
    bytes.append(littleEndian: Self.version)
    bytes.append(littleEndian: UInt32(element == .int8 ? 1 : 2))
    for number in [
      count, length, sketchLength, learnedFrom, descriptionSize, pathsSize, fileSize,
    ] {
      bytes.append(littleEndian: UInt64(number))
    }
    bytes += [UInt8](repeating: 0, count: Self.hashedSize - bytes.count)
    bytes.append(littleEndian: fnv1a(bytes + description))
    return bytes
  }

  /// Reads the header of a file, and checks it against the size of the file.
  ///
  /// - Parameter path: what errors call the file.
  static func read(
    _ storage: Storage, path: String
  ) throws(IndexError) -> (header: IndexHeader, layout: Layout) {
    func damaged(_ problem: String) -> IndexError { .damaged(path: path, problem: problem) }
    guard storage.count >= magic.count, storage.bytes(0..<magic.count) == magic else {
      throw .notAnIndex(path: path)
    }
    guard storage.count >= size else { throw damaged("it ends within its header") }
    let version = storage.integer(UInt32.self, at: 8)
    guard version == Self.version else { throw .unknownVersion(path: path, version: version) }
    let element: FeatureRows.Element
    switch storage.integer(UInt32.self, at: 12) {
    case 1: element = .int8
    case 2: element = .float16
    default: throw damaged("its values have an unknown type")
    }
    func number(_ position: Int, _ range: ClosedRange<Int>, _ name: String) throws(IndexError)
      -> Int
    {
      let value = storage.integer(UInt64.self, at: position)
      guard let number = Int(exactly: value), range.contains(number) else {
        throw damaged("\(name) cannot be \(value)")
      }
      return number
    }
    // Row numbers are stored in 32 bits while candidates are collected.
    let header = IndexHeader(
      element: element, count: try number(16, 0...Int(Int32.max), "the number of photos"),
      length: try number(24, 1...FeatureRows.longestRow, "the number of values of a row"),
      sketchLength: try number(32, 0...longestSketch, "the number of values of a sketch"),
      learnedFrom: try number(40, 0...Int.max, "the number of photos learned from"),
      descriptionSize: try number(48, 0...longestDescription, "the size of the description"),
      pathsSize: try number(56, 0...Int.max, "the size of the paths"))
    guard let layout = header.layout else {
      throw damaged("it claims more bytes than any file has")
    }
    let fileSize = try number(64, 0...Int.max, "the size of the file")
    guard fileSize == layout.end else { throw damaged("its sizes do not agree") }
    guard storage.count == fileSize else {
      throw damaged(
        storage.count < fileSize
          ? "\(fileSize - storage.count) bytes are missing at its end"
          : "\(storage.count - fileSize) bytes follow its end")
    }
    let hash = fnv1a(storage.bytes(0..<hashedSize) + storage.bytes(layout.description))
    guard storage.integer(UInt64.self, at: hashedSize) == hash else {
      throw damaged("its header or its description has changed")
    }
    var end = size
    for part in layout.all where !part.isEmpty {
      guard storage.bytes(end..<part.lowerBound).allSatisfy({ $0 == 0 }) else {
        throw damaged("the bytes between its parts are not 0")
      }
      end = part.upperBound
    }
    return (header, layout)
  }
}
