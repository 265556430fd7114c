import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tar archives that are read from front to back.
@Suite struct TarStreamTests {
  let folder = TemporaryFolder()

  private func stream(_ bytes: [UInt8]) throws -> ByteStream {
    try ByteStream(opening: folder.file(Array("stream".utf8), bytes), stop: StopFlag())
  }

  private func kind(_ bytes: [UInt8]) throws -> TarStream.Kind {
    try TarStream.kind(of: stream(bytes), zeros: .tar)
  }

  private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    folder.file(Array("plain".utf8), bytes)
    let command = RawPath("cd '\(folder.path)' && gzip -c plain > packed")
    try #require(call(command) { unsafe system($0) } == 0)
    return try readFile(folder.path.appending("packed"), limit: 1 << 20)
  }

  private let archive =
    TarBytes.member("a", "first")
    + TarBytes.member("skipped", String(repeating: "s", count: 70_000))
    + TarBytes.member("b", String(repeating: "b", count: 200_000)) + TarBytes.end

  /// The contents of all members but those that are called "skipped".
  private func contents(_ reader: inout TarReader) throws(TarError) -> [RawPath: Int] {
    var contents: [RawPath: Int] = [:]
    while let member = try reader.next() {
      if member.name == "skipped" { continue }
      var bytes: [UInt8] = []
      try reader.readContents(of: member, into: &bytes)
      contents[member.name] = bytes.reduce(0) { $0 + Int($1) }
    }
    return contents
  }

  @Test("the first bytes tell archives, packed ones and others")
  func kinds() throws {
    #expect(try kind(archive) == .tar)
    #expect(try kind(gzip(archive)) == .compressedTar)
    #expect(try kind(TarBytes.end) == .tar)
    #expect(try kind(gzip(TarBytes.end)) == .compressedTar)
    #expect(try TarStream.kind(of: stream(TarBytes.end), zeros: .other) == .other)
    #expect(try kind([]) == .other)
    #expect(try kind(Array(archive.prefix(511))) == .other)
    #expect(try kind(gzip(Array("no archive".utf8))) == .other)
    #expect(try kind(Array(gzip(archive).prefix(15))) == .other)
    #expect(try kind([0x1F, 0x8B] + [UInt8](repeating: 1, count: 1000)) == .other)
  }

  @Test("contents are read or left out, and the beginning that was looked at is not lost")
  func reads() throws {
    let expected: [RawPath: Int] = [
      "a": "first".utf8.reduce(0) { $0 + Int($1) }, "b": 200_000 * Int(UInt8(ascii: "b")),
    ]
    for isCompressed in [false, true] {
      let stream = try stream(isCompressed ? gzip(archive) : archive)
      #expect(
        try TarStream.kind(of: stream, zeros: .other) == (isCompressed ? .compressedTar : .tar))
      var reader = TarReader(
        try TarStream(stream, name: "stream", isCompressed: isCompressed))
      #expect(try contents(&reader) == expected)
    }
  }

  @Test("a cut is noticed wherever it is, and a size that lies takes no memory")
  func cuts() throws {
    for count in stride(from: 512, to: archive.count - 512, by: 20_011) {
      var reader = TarReader(
        try TarStream(stream(Array(archive.prefix(count))), name: "cut", isCompressed: false))
      #expect(throws: TarError.self, "\(count)") { try contents(&reader) }
    }
    let lying = TarBytes.header("a", count: 8_000_000_000)
    var reader = TarReader(try TarStream(stream(lying), name: "lying", isCompressed: false))
    #expect(
      throws: TarError.damaged(path: "lying", offset: 0, problem: .reachesPastTheEnd("a"))
    ) { try contents(&reader) }
  }
}
