/// A tar archive that is read once from front to back, as it is or unpacked by gzip. Bytes that are
/// left out are read, too, but never kept.
public final class TarStream: TarSource {
  /// What a stream holds.
  public enum Kind: Sendable, Equatable {
    case tar
    /// A tar archive in gzip data.
    case compressedTar
    /// Anything else, or nothing at all.
    case other
  }

  let path: RawPath
  let size: Int? = nil
  private let readSome: (inout [UInt8], Range<Int>) throws(TarError) -> Int
  private var position = 0
  private var skipped: [UInt8] = []

  private static let partLength = 1 << 16
  /// The most gzip data that is looked at to find out what is in it.
  private static let longestLookAhead = 1 << 18

  /// Finds out what the stream holds, by its first bytes. They are not read.
  ///
  /// - Parameter zeros: what a beginning of zeros is: the end mark of an empty archive, or not an
  ///   archive.
  public static func kind(
    of stream: ByteStream, zeros: Kind
  ) throws(SystemError) -> Kind {
    var block: [UInt8] = []
    while true {
      if GzipUnpacker.isGzip(beginning: stream.ahead) {
        if let beginning = unpackedBeginning(stream.ahead) { block = beginning }
        if block.count == TarHeader.blockSize || stream.ahead.count > longestLookAhead { break }
      } else {
        block = Array(stream.ahead.prefix(TarHeader.blockSize))
        if block.count == TarHeader.blockSize { break }
      }
      guard try stream.lookAhead() else { break }
    }
    guard block.count == TarHeader.blockSize else { return .other }
    let isCompressed = GzipUnpacker.isGzip(beginning: stream.ahead)
    if TarReader.isArchive(beginning: block) { return isCompressed ? .compressedTar : .tar }
    guard block.allSatisfy({ $0 == 0 }) else { return .other }
    return isCompressed ? .compressedTar : zeros
  }

  /// The first block in gzip data, or what there is of it; nil where the data is damaged.
  private static func unpackedBeginning(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
    let input = Array(bytes)
    guard let unpacker = try? GzipUnpacker(),
      let step = try? unpacker.step(input.span, into: &block, block.indices)
    else { return nil }
    return Array(block.prefix(step.produced))
  }

  /// - Parameters:
  ///   - name: what the archive is called in messages.
  ///   - isCompressed: whether the archive is in gzip data.
  public init(_ stream: ByteStream, name: RawPath, isCompressed: Bool) throws(TarError) {
    path = name
    guard isCompressed else {
      readSome = { (buffer, range) throws(TarError) in
        do throws(SystemError) {
          return try stream.read(into: &buffer, range)
        } catch {
          throw .unreadable(error)
        }
      }
      return
    }
    do throws(GzipError) {
      let unpacked = try GzipStream(stream)
      readSome = { (buffer, range) throws(TarError) in
        do throws(GzipError) {
          return try unpacked.read(into: &buffer, range)
        } catch {
          if case .unreadable(let error) = error { throw .unreadable(error) }
          throw .compressed(path: name, problem: error)
        }
      }
    } catch {
      throw .compressed(path: name, problem: error)
    }
  }

  func read(at offset: Int, count: Int, into buffer: inout [UInt8]) throws(TarError) -> Int {
    precondition(offset >= position, "a stream cannot go back")
    if position < offset, skipped.isEmpty {
      skipped = [UInt8](repeating: 0, count: Self.partLength)
    }
    while position < offset {
      let part = try readSome(&skipped, 0..<min(offset - position, skipped.count))
      if part == 0 { return 0 }
      position += part
    }
    var filled = 0
    while filled < count {
      // The buffer grows as bytes come, so that a lying size takes no memory.
      let end = min(count, max(Self.partLength, filled * 2))
      if buffer.count < end {
        // Without this, the array would take up to twice as much, and keep it.
        buffer.reserveCapacity(end)
        buffer.append(contentsOf: repeatElement(0, count: end - buffer.count))
      }
      let part = try readSome(&buffer, filled..<end)
      if part == 0 { break }
      filled += part
      position += part
    }
    return filled
  }
}
