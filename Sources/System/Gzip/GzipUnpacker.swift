import CZlib

/// Unpacks gzip data (RFC 1952): one member after another, as `cat a.gz b.gz` makes them. Zeros
/// after the last member, with which tapes are filled up, are ignored.
///
/// zlib compares the checksum and the length of each member.
@safe final class GzipUnpacker {
  /// What one step has used and made.
  struct Step: Equatable {
    var consumed = 0
    var produced = 0
  }

  private enum Place { case inMember, betweenMembers, inPadding }

  // SAFETY: zlib keeps the address of the stream, so that it must not move. Only this object's
  // methods use it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var place = Place.inMember

  private static let signature: [UInt8] = [0x1F, 0x8B]

  static func isGzip(beginning: some Sequence<UInt8>) -> Bool { beginning.starts(with: signature) }

  init() throws(GzipError) {
    // SAFETY: allocated here and freed in `deinit`, or below where zlib refuses.
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let gzipOnly = MAX_WBITS + 16
    let code = unsafe inflateInit2_(
      stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .outOfMemory }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Whether the data may end here.
  var mayEnd: Bool { place != .inMember }

  /// Unpacks from the front of `input` to `range` of `output` until one of them is used up.
  func step(
    _ input: Span<UInt8>, into output: inout [UInt8], _ range: Range<Int>
  ) throws(GzipError) -> Step {
    precondition(range.lowerBound >= 0 && range.upperBound <= output.count)
    var step = Step()
    while step.produced < range.count {
      switch place {
      case .inMember:
        // zlib may have more to give although it has taken all of the input.
        let before = step
        try inflateSome(input, &output, range, &step)
        if step == before { return step }
      case _ where step.consumed == input.count:
        return step
      case .betweenMembers:
        if input[step.consumed] == Self.signature[0] {
          unsafe inflateReset(stream)
          place = .inMember
        } else {
          place = .inPadding
        }
      case .inPadding:
        guard input[step.consumed] == 0 else { throw .trailingData }
        step.consumed += 1
      }
    }
    return step
  }

  private func inflateSome(
    _ input: Span<UInt8>, _ output: inout [UInt8], _ range: Range<Int>, _ step: inout Step
  ) throws(GzipError) {
    // zlib counts in 32 bits.
    let available = min(input.count - step.consumed, 1 << 30)
    let room = min(range.count - step.produced, 1 << 30)
    let (consumed, produced) = (step.consumed, range.lowerBound + step.produced)
    // SAFETY: zlib reads `available` bytes of the input and writes at most `room` bytes of the
    // output, which lie inside both. It keeps no address after the call.
    let code = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress.map { unsafe $0 + consumed })
        unsafe stream.pointee.avail_in = UInt32(available)
        unsafe stream.pointee.next_out = target.baseAddress.map { unsafe $0 + produced }
        unsafe stream.pointee.avail_out = UInt32(room)
        return unsafe inflate(stream, Z_NO_FLUSH)
      }
    }
    step.consumed += available - Int(unsafe stream.pointee.avail_in)
    step.produced += room - Int(unsafe stream.pointee.avail_out)
    switch code {
    case Z_OK, Z_BUF_ERROR: return
    case Z_STREAM_END: place = .betweenMembers
    case Z_MEM_ERROR: throw .outOfMemory
    default:
      // SAFETY: the message is a constant text of zlib.
      throw .damaged(
        unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "error \(code)")
    }
  }
}
