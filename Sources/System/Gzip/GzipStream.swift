/// The unpacked bytes of a stream of gzip data.
///
/// What is kept in memory does not depend on how much the data grows. Data that grows more than any
/// archive of photos ends with an error, so that a small file cannot keep the program busy for
/// hours.
package final class GzipStream {
  private let stream: ByteStream
  private let unpacker: GzipUnpacker
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  private var unread = 0..<0
  private var unpacked = 0
  private var failure: GzipError?

  /// The most that data may grow. Photos hardly grow at all; a folder of text files ten times.
  static let highestFactor = 200
  private let harmlessLength: Int

  /// - Parameter harmlessLength: data that is smaller than this when it is unpacked may grow more.
  package init(_ stream: ByteStream, harmlessLength: Int = 256 << 20) throws(GzipError) {
    self.stream = stream
    self.harmlessLength = harmlessLength
    unpacker = try GzipUnpacker()
  }

  /// Unpacks some bytes into a range of `target`.
  ///
  /// - Returns: how many; 0 at the end. The end is an error if a member is incomplete.
  package func read(into target: inout [UInt8], _ range: Range<Int>) throws(GzipError) -> Int {
    if range.isEmpty { return 0 }
    while true {
      if let failure { throw failure }
      var step = GzipUnpacker.Step()
      do throws(GzipError) {
        step = try unpacker.step(input.span.extracting(unread), into: &target, range)
      } catch {
        failure = error
        continue
      }
      unread = (unread.lowerBound + step.consumed)..<unread.upperBound
      unpacked += step.produced
      if unpacked > harmlessLength, unpacked / Self.highestFactor > stream.position {
        failure = .growsTooMuch(factor: Self.highestFactor)
      }
      if step.produced > 0 { return step.produced }
      if unread.isEmpty, try !refill() {
        guard unpacker.mayEnd else { throw .endsEarly }
        return 0
      }
    }
  }

  /// Reads more of the stream; returns false at its end.
  private func refill() throws(GzipError) -> Bool {
    do throws(SystemError) {
      unread = 0..<(try stream.read(into: &input, input.indices))
      return !unread.isEmpty
    } catch {
      throw .unreadable(error)
    }
  }
}
