/// Lists the members of a tar archive (v7, ustar, pax or GNU) in their order.
///
/// Only headers are read, never the contents. Nothing in an archive is trusted: checksums must be
/// right, and each member must lie inside the file. An archive without its end mark is an error,
/// since it may lack members.
public struct TarReader: ~Copyable {
  /// The most bytes of an extension header, which may hold access control lists.
  private static let extensionLimit = 1 << 20

  private let file: RandomAccessFile
  private let memberLimit: Int
  /// Where the next header is.
  private var position = 0
  private var members = 0
  private var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
  private var global = PaxRecords()
  private var isAtEnd = false

  /// Whether a file that begins like this is a tar archive: it has the format's name at its place,
  /// or else, as archives of before 1988, a right checksum.
  ///
  /// - Parameter beginning: the first 512 bytes; fewer are no archive.
  public static func isArchive(beginning: [UInt8]) -> Bool {
    TarHeader.hasMagic(beginning) || TarHeader.hasRightChecksum(beginning)
  }

  /// - Parameter memberLimit: the most members that the archive may have.
  public init(opening path: RawPath, memberLimit: Int = 10_000_000) throws(TarError) {
    self.memberLimit = memberLimit
    do throws(SystemError) {
      file = try RandomAccessFile(opening: path)
    } catch {
      throw .unreadable(error)
    }
  }

  /// The next member; nil at the end.
  public mutating func next() throws(TarError) -> TarMember? {
    var longName: [UInt8]?
    var records = PaxRecords()
    var isExtended = false
    while let header = try nextHeader() {
      let start = position
      switch header.type {
      case UInt8(ascii: "L"):
        longName = TarHeader.text(try extensionData(header)[...])
        isExtended = true
      case UInt8(ascii: "K"):
        _ = try contents(of: header, size: header.size)
        isExtended = true
      case UInt8(ascii: "x"), UInt8(ascii: "X"):
        let data = try extensionData(header)
        try at(start) { () throws(TarProblem) in try records.add(data[...]) }
        isExtended = true
      case UInt8(ascii: "g"):
        let data = try extensionData(header)
        var all = global
        try at(start) { () throws(TarProblem) in try all.add(data[...]) }
        global = all
      default:
        return try member(
          header, longName: longName, records: records.withDefaults(of: global))
      }
    }
    if isExtended { throw damaged(position, .endsEarly) }
    return nil
  }

  private mutating func member(
    _ header: TarHeader, longName: [UInt8]?, records: PaxRecords
  ) throws(TarError) -> TarMember {
    let name = records.path ?? longName ?? header.name
    if header.type == UInt8(ascii: "S") || records.isSparse { throw damaged(position, .sparse) }
    members += 1
    if members > memberLimit { throw .tooManyMembers(path: file.path, limit: memberLimit) }
    let kind: TarMember.Kind
    var size = records.size ?? header.size
    switch header.type {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before there was a type for folders, a slash at the end told them.
      kind = name.last == UInt8(ascii: "/") ? .folder : .file
    case UInt8(ascii: "1")...UInt8(ascii: "6"):
      // Links, devices and folders have no contents, whatever the field of the size says.
      kind = header.type == UInt8(ascii: "5") ? .folder : .other
      size = 0
    default:
      kind = .other
    }
    let range = try contents(of: header, name: name, size: size)
    return TarMember(
      name: RawPath(name), kind: kind, offset: range.lowerBound, count: range.count)
  }

  /// The header at `position`, which stays there until ``contents(of:name:size:)`` moves it on; nil
  /// at the end mark.
  private mutating func nextHeader() throws(TarError) -> TarHeader? {
    guard !isAtEnd else { return nil }
    let start = position
    guard try readBlock(at: start) else { throw damaged(start, .endsEarly) }
    if block.contains(where: { $0 != 0 }) {
      let block = block
      return try at(start) { () throws(TarProblem) in try TarHeader(block) }
    }
    // GNU tar takes one block of zeros at the very end of a file for the mark, too.
    if try readBlock(at: start + TarHeader.blockSize), block.contains(where: { $0 != 0 }) {
      throw damaged(start, .loneBlockOfZeros)
    }
    isAtEnd = true
    return nil
  }

  /// The range of the contents after the header at `position`, which moves to the header after
  /// them.
  private mutating func contents(
    of header: TarHeader, name: [UInt8]? = nil, size: Int
  ) throws(TarError) -> Range<Int> {
    // The header was read, so that it ends inside the file.
    let start = position + TarHeader.blockSize
    guard size <= file.size - start else {
      throw damaged(position, .reachesPastTheEnd(RawPath(name ?? header.name)))
    }
    let unused = size % TarHeader.blockSize
    let (next, overflows) = (start + size).addingReportingOverflow(
      unused == 0 ? 0 : TarHeader.blockSize - unused)
    position = overflows ? file.size : next
    return start..<(start + size)
  }

  private mutating func extensionData(_ header: TarHeader) throws(TarError) -> [UInt8] {
    let start = position
    guard header.size <= Self.extensionLimit else {
      throw damaged(start, .extensionTooLarge(limit: Self.extensionLimit))
    }
    let range = try contents(of: header, size: header.size)
    var data: [UInt8] = []
    guard try Self.read(file, range, into: &data) else { throw damaged(start, .endsEarly) }
    return data
  }

  private mutating func readBlock(at offset: Int) throws(TarError) -> Bool {
    guard offset <= file.size - TarHeader.blockSize else { return false }
    return try Self.read(file, offset..<(offset + TarHeader.blockSize), into: &block)
  }

  /// Whether the whole range could be read: the file may have become shorter.
  private static func read(
    _ file: borrowing RandomAccessFile, _ range: Range<Int>, into buffer: inout [UInt8]
  ) throws(TarError) -> Bool {
    do throws(SystemError) {
      return try file.read(at: range.lowerBound, count: range.count, into: &buffer) == range.count
    } catch {
      throw .unreadable(error)
    }
  }

  private func damaged(_ offset: Int, _ problem: TarProblem) -> TarError {
    .damaged(path: file.path, offset: offset, problem: problem)
  }

  private func at<Result>(
    _ offset: Int, _ body: () throws(TarProblem) -> Result
  ) throws(TarError) -> Result {
    do throws(TarProblem) {
      return try body()
    } catch {
      throw damaged(offset, error)
    }
  }
}
