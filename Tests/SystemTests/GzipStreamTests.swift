import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What `gzip` of this machine packs, unpacked.
@Suite struct GzipStreamTests {
  let folder = TemporaryFolder()

  private func shell(_ command: String) throws {
    let line = RawPath("cd '\(folder.path)' && \(command)")
    try #require(call(line) { unsafe system($0) } == 0)
  }

  /// Unpacks a file in pieces of `length` bytes.
  private func unpack(
    _ name: String, by length: Int = 1000, harmlessLength: Int = 1 << 30
  ) -> (bytes: [UInt8], error: GzipError?) {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: length)
    do throws(GzipError) {
      let stream: ByteStream
      do throws(SystemError) {
        stream = try ByteStream(opening: folder.path.appending(name), stop: StopFlag())
      } catch {
        return ([], .unreadable(error))
      }
      let unpacked = try GzipStream(stream, harmlessLength: harmlessLength)
      while true {
        let count = try unpacked.read(into: &piece, piece.indices)
        if count == 0 { return (bytes, nil) }
        bytes += piece.prefix(count)
      }
    } catch {
      return (bytes, error)
    }
  }

  private func packed(_ name: String) throws -> [UInt8] {
    try readFile(folder.path.appending(name), limit: 1 << 20)
  }

  @Test("members follow each other, and zeros after the last one are ignored")
  func members() throws {
    let (first, second) = (String(repeating: "one", count: 70_000), "two")
    folder.file("a", first)
    folder.file("b", second)
    folder.file("empty", "")
    try shell("for f in a b empty; do gzip -k $f; done; cat empty.gz a.gz empty.gz b.gz > all.gz")
    let expected = Array((first + second).utf8)
    for length in [1, 7, 1 << 16, 1 << 20] where length > 1 || expected.count < 1 << 18 {
      let (bytes, error) = unpack("all.gz", by: length)
      #expect(bytes == expected && error == nil, "\(length)")
    }
    try shell("head -c 100000 /dev/zero >> all.gz")
    #expect(unpack("all.gz").error == nil)
    try shell("echo more >> all.gz")
    let (bytes, error) = unpack("all.gz")
    #expect(bytes == expected && error == .trailingData)
  }

  @Test("every cut is noticed, after what could be unpacked")
  func cuts() throws {
    folder.file("a", (0..<1000).map { "\($0 * 7919 % 1000)" }.joined())
    try shell("gzip -k a")
    let whole = try packed("a.gz")
    for count in stride(from: 1, to: whole.count, by: 13) {
      folder.file(Array("cut.gz".utf8), Array(whole.prefix(count)))
      #expect(unpack("cut.gz").error == .endsEarly, "\(count)")
    }
    folder.file(Array("cut.gz".utf8), Array(whole.dropLast()))
    #expect(unpack("cut.gz").bytes.count > 2000)
  }

  @Test("a wrong checksum and a wrong length are errors")
  func checksums() throws {
    folder.file("a", "contents")
    try shell("gzip -k a")
    for (index, message) in [(8, "incorrect data check"), (4, "incorrect length check")] {
      var bytes = try packed("a.gz")
      bytes[bytes.count - index] ^= 1
      folder.file(Array("bad.gz".utf8), bytes)
      let (unpacked, error) = unpack("bad.gz")
      #expect(unpacked.isEmpty || unpacked == Array("contents".utf8))
      #expect(error == .damaged(message))
    }
  }

  @Test("data that grows without measure ends with an error")
  func bomb() throws {
    try shell("head -c 8000000 /dev/zero | gzip > bomb.gz")
    let (bytes, error) = unpack("bomb.gz", by: 1 << 16, harmlessLength: 1 << 20)
    #expect(error == .growsTooMuch(factor: 200))
    #expect(bytes.count < 2 << 20)
    #expect(unpack("bomb.gz", by: 1 << 16).bytes.count == 8_000_000)
  }
}
