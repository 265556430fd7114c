/// Lists the members of a tar archive (v7, ustar, pax or GNU) in their order.
///
/// Only headers are read, and contents that the caller asks for. Nothing in an archive is trusted:
/// checksums must be right, and each member must lie inside the file. An archive without its end
/// mark is an error, since it may lack members. Several archives may follow each other, as `cat`
/// makes them.
public struct TarReader: ~Copyable {
  /// The most bytes of an extension header, which may hold access control lists.
  private static let extensionLimit = 1 << 20

  /// The most bytes of a member's name: no path of a file is longer on Linux.
  private static let nameLimit = 4096

  private let source: any TarSource
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
    source = try TarFile(opening: path)
  }

  /// - Parameter memberLimit: the most members that the archive may have; as a rule none, since
  ///   nobody keeps the members of a stream.
  public init(_ stream: TarStream, memberLimit: Int = .max) {
    self.memberLimit = memberLimit
    source = stream
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
    let name = records.sparseName ?? records.path ?? longName ?? header.name
    guard name.count <= Self.nameLimit else {
      throw damaged(position, .nameTooLong(limit: Self.nameLimit))
    }
    members += 1
    if members > memberLimit { throw .tooManyMembers(path: source.path, limit: memberLimit) }
    let kind: TarMember.Kind
    var size = records.size ?? header.size
    switch header.type {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before there was a type for folders, a slash at the end told them.
      kind =
        name.last == UInt8(ascii: "/") ? .folder : records.isSparse ? .sparse : .file
    case UInt8(ascii: "S"):
      kind = .sparse
      try skipMoreHoles()
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

  /// Moves on to the last of the blocks that list further holes of an old sparse member, so that
  /// the contents begin after it. The first such block is the header itself.
  private mutating func skipMoreHoles() throws(TarError) {
    var flag = 482
    while block[flag] != 0 {
      position += TarHeader.blockSize
      guard try readBlock(at: position) else { throw damaged(position, .endsEarly) }
      flag = 504
    }
  }

  /// The contents of the member that ``next()`` gave last, if nothing of it has been read.
  ///
  /// - Parameter buffer: gets the contents at its front, and grows as needed.
  public mutating func readContents(
    of member: TarMember, into buffer: inout [UInt8]
  ) throws(TarError) {
    guard try source.read(at: member.offset, count: member.count, into: &buffer) == member.count
    else {
      throw damaged(
        max(0, member.offset - TarHeader.blockSize), .reachesPastTheEnd(member.name))
    }
  }

  /// How many blocks of zeros may follow an archive: 64 MiB, where `tar` writes 10 KiB. A file can
  /// have any number of them that take no space on the disk.
  private static let mostZeros = 1 << 17

  /// The header at `position`, which stays there until ``contents(of:name:size:)`` moves it on; nil
  /// at the end.
  private mutating func nextHeader() throws(TarError) -> TarHeader? {
    guard !isAtEnd else { return nil }
    var start = position
    guard try readBlock(at: start) else { throw damaged(start, .endsEarly) }
    if block.contains(where: { $0 != 0 }) {
      let block = block
      return try at(start) { () throws(TarProblem) in try TarHeader(block) }
    }
    // GNU tar takes one block of zeros at the very end of a file for the mark, too.
    var zeros = 1
    while try readBlock(at: start + TarHeader.blockSize) {
      start += TarHeader.blockSize
      if block.allSatisfy({ $0 == 0 }) {
        zeros += 1
        guard zeros <= Self.mostZeros else {
          throw damaged(start, .tooManyZeros(limit: Self.mostZeros * TarHeader.blockSize))
        }
        continue
      }
      guard zeros > 1 else { throw damaged(start - TarHeader.blockSize, .loneBlockOfZeros) }
      guard TarHeader.hasRightChecksum(block) else { throw damaged(start, .dataAfterTheEnd) }
      // Another archive.
      position = start
      global = PaxRecords()
      let block = block
      return try at(start) { () throws(TarProblem) in try TarHeader(block) }
    }
    isAtEnd = true
    return nil
  }

  /// The range of the contents after the header at `position`, which moves to the header after
  /// them.
  private mutating func contents(
    of header: TarHeader, name: [UInt8]? = nil, size: Int
  ) throws(TarError) -> Range<Int> {
    // The header was read, so that it ends inside the file. No stream has more than 2^62 bytes.
    let start = position + TarHeader.blockSize
    let end = source.size ?? 1 << 62
    guard size <= end - start else {
      throw damaged(position, .reachesPastTheEnd(RawPath(name ?? header.name)))
    }
    let unused = size % TarHeader.blockSize
    let (next, overflows) = (start + size).addingReportingOverflow(
      unused == 0 ? 0 : TarHeader.blockSize - unused)
    position = overflows ? end : next
    return start..<(start + size)
  }

  private mutating func extensionData(_ header: TarHeader) throws(TarError) -> [UInt8] {
    let start = position
    guard header.size <= Self.extensionLimit else {
      throw damaged(start, .extensionTooLarge(limit: Self.extensionLimit))
    }
    let range = try contents(of: header, size: header.size)
    var data: [UInt8] = []
    guard try source.read(at: range.lowerBound, count: range.count, into: &data) == range.count
    else { throw damaged(start, .endsEarly) }
    return data
  }

  /// Whether there is a whole block: the archive may end, or the file may have become shorter.
  private mutating func readBlock(at offset: Int) throws(TarError) -> Bool {
    // No file is so long that the offset after the block would be too large for a number.
    guard offset <= 1 << 62 else { return false }
    return try source.read(at: offset, count: TarHeader.blockSize, into: &block)
      == TarHeader.blockSize
  }

  private func damaged(_ offset: Int, _ problem: TarProblem) -> TarError {
    .damaged(path: source.path, offset: offset, problem: problem)
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
