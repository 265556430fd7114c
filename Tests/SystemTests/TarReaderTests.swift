import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct TarReaderTests {
  let folder = TemporaryFolder()

  private func list(
    _ bytes: [UInt8], memberLimit: Int = 100
  ) throws(TarError) -> [TarMember] {
    try list(folder.file(Array("a.tar".utf8), bytes), memberLimit: memberLimit)
  }

  private func list(_ path: RawPath, memberLimit: Int = 100) throws(TarError) -> [TarMember] {
    var reader = try TarReader(opening: path, memberLimit: memberLimit)
    var members: [TarMember] = []
    while let member = try reader.next() { members.append(member) }
    return members
  }

  private func problem(_ bytes: [UInt8]) -> TarProblem? {
    do throws(TarError) {
      _ = try list(bytes)
      return nil
    } catch {
      guard case .damaged(_, _, let problem) = error else { return nil }
      return problem
    }
  }

  // MARK: What the tar of this machine writes

  #if os(Linux)
    static let formats = ["v7", "oldgnu", "gnu", "ustar", "posix"]
  #else
    static let formats = ["ustar", "pax"]
  #endif

  @Test("archives of every format of tar are listed with the right contents", arguments: formats)
  func systemTar(format: String) throws {
    var names = ["data/empty.jpg", "data/daisy/1.jpg", "data/daisy/two words.jpg"]
    if format != "v7" {
      // 128 bytes and more need a prefix, a long name or a pax record.
      let deep = "data/" + String(repeating: "d", count: 60) + "/"
      names.append(deep + String(repeating: "n", count: 90) + ".jpg")
      if format != "ustar" { names.append(deep + String(repeating: "m", count: 200) + "é.jpg") }
      folder.folder("data")
      folder.folder(String(deep.dropLast()))
    }
    folder.folder("data")
    folder.folder("data/daisy")
    for (index, name) in names.enumerated() {
      folder.file(name, String(repeating: "\(index)", count: index * 511))
    }
    folder.link("data/link.jpg", to: "empty.jpg")
    let command = "cd '\(folder.path)' && tar --format=\(format) -cf a.tar data"
    try #require(call(RawPath(command)) { unsafe system($0) } == 0)
    let archive = folder.path.appending("a.tar")
    let members = try list(archive)
    #expect(members.filter { $0.kind == .other }.map(\.name) == ["data/link.jpg"])
    #expect(members.filter { $0.kind == .folder }.contains { $0.name == "data/daisy/" })
    let files = members.filter { $0.kind == .file }
    #expect(files.map(\.name).sorted() == names.map { RawPath($0) }.sorted())
    let bytes = try readFile(archive, limit: 1 << 20)
    for file in files {
      let contents = try readFile(folder.path.appending(file.name.bytes), limit: 1 << 20)
      #expect(Array(bytes[file.offset..<(file.offset + file.count)]) == contents)
    }
  }

  // MARK: Forms of headers

  @Test("names come from the prefix, a long name or a pax record, each for one member")
  func names() throws {
    let long = String(repeating: "l", count: 150)
    let bytes =
      TarBytes.member("a", "1", prefix: "p/q") + TarBytes.member("././@LongLink", long, type: "K")
      + TarBytes.member("././@LongLink", long + "\u{0}", type: "L") + TarBytes.member("cut", "22")
      + TarBytes.member("x", TarBytes.record("path", "pax") + "13 comment=a\n", type: "x")
      + TarBytes.member("cut", "333")
      // What GNU tar keeps at the place of the prefix is no name.
      + TarBytes.member("b", "4", magic: "ustar  \u{0}", prefix: "01234567012") + TarBytes.end
    let members = try list(bytes)
    #expect(members.map(\.name) == ["p/q/a", RawPath(long), "pax", "b"])
    #expect(members.map(\.count) == [1, 2, 3, 1])
  }

  @Test("a pax record gives the size, one of a global header until another takes its place")
  func paxSizes() throws {
    let wrong = TarBytes.header("a", count: 0)
    let bytes =
      TarBytes.member("g", TarBytes.record("size", "513"), type: "g")
      + wrong + [UInt8](repeating: 1, count: 1024)
      + TarBytes.member("x", TarBytes.record("size", "2"), type: "x")
      + wrong + [UInt8](repeating: 1, count: 512) + TarBytes.end
    #expect(try list(bytes).map(\.count) == [513, 2])
  }

  @Test("sizes are octal with spaces or zeros around them, or base 256")
  func sizes() throws {
    for size in [
      "        3 \u{0}\u{0}", "3\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ] {
      let bytes = TarBytes.header("a", size: Array(size.utf8)) + TarBytes.padded([1, 2, 3])
      #expect(try list(bytes + TarBytes.end).map(\.count) == [3])
    }
    let base256: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1]
    let large = TarBytes.header("a", size: base256) + [UInt8](repeating: 7, count: 1024)
    #expect(try list(large + TarBytes.end).map(\.count) == [513])
  }

  @Test("archives of the seventh edition have no magic, and a slash tells folders")
  func seventhEdition() throws {
    let none = String(repeating: "\u{0}", count: 8)
    let bytes =
      TarBytes.member("d/", type: "\u{0}", magic: none)
      + TarBytes.member("d/a", "1", type: "\u{0}", magic: none) + TarBytes.end
    #expect(TarReader.isArchive(beginning: Array(bytes.prefix(512))))
    #expect(try list(bytes).map(\.kind) == [.folder, .file])
  }

  @Test("checksums may be sums of signed bytes")
  func signedChecksum() throws {
    let header = TarBytes.withChecksum(TarBytes.header("é\u{FF}"), signed: true)
    #expect(try list(header + TarBytes.end).map(\.name) == ["é\u{FF}"])
  }

  @Test("links, devices and folders have no contents, whatever their size says")
  func withoutContents() throws {
    let bytes =
      "123456".flatMap { TarBytes.header("\($0)", count: 5000, type: $0) }
      + TarBytes.member("A", "contents", type: "V") + TarBytes.member("a", "1") + TarBytes.end
    let members = try list(bytes)
    #expect(members.map(\.name) == ["1", "2", "3", "4", "5", "6", "A", "a"])
    #expect(members.filter { $0.kind == .folder }.map(\.name) == ["5"])
    #expect(members.last?.kind == .file)
  }

  @Test("names are cleaned, and those that lead outside have no relative path")
  func relativePaths() {
    func path(_ name: RawPath) -> RawPath? {
      TarMember(name: name, kind: .file, offset: 0, count: 0).relativePath
    }
    #expect(path("./a//./b/") == "a/b")
    #expect(path("./") == "")
    #expect(path("a/..b/c..") == "a/..b/c..")
    for name in ["/a", "../a", "a/../b", "a/.."] as [RawPath] { #expect(path(name) == nil) }
  }

  @Test("other files are no archives")
  func otherFiles() {
    #expect(!TarReader.isArchive(beginning: [UInt8](repeating: 0, count: 512)))
    #expect(!TarReader.isArchive(beginning: [UInt8](repeating: 0x20, count: 512)))
    #expect(!TarReader.isArchive(beginning: Array("path,label\n".utf8)))
    #expect(!TarReader.isArchive(beginning: Array(TarBytes.header("a").prefix(511))))
  }

  // MARK: Damaged and hostile archives

  @Test("an archive that is cut short anywhere is an error")
  func truncation() {
    let whole = TarBytes.member("a", "contents") + TarBytes.member("b") + TarBytes.end
    for count in stride(from: 0, to: whole.count - 512, by: 64) {
      #expect(problem(Array(whole.prefix(count))) != nil, "\(count) bytes")
    }
    // GNU tar is content with one block of zeros, too.
    #expect(problem(Array(whole.dropLast(512))) == nil)
    #expect(problem(Array(whole.dropLast(1024))) == .endsEarly)
    #expect(
      problem(TarBytes.member("x", TarBytes.record("path", "a"), type: "x") + TarBytes.end)
        == .endsEarly)
    let lone = TarBytes.member("a") + [UInt8](repeating: 0, count: 512) + TarBytes.member("b")
    #expect(problem(lone + TarBytes.end) == .loneBlockOfZeros)
  }

  @Test("sizes that no file has, or this one has not, are errors")
  func lyingSizes() {
    let sizes: [([UInt8], TarProblem)] = [
      (Array("77777777777\u{0}".utf8), .reachesPastTheEnd("a")),
      (Array("00000002001\u{0}".utf8), .reachesPastTheEnd("a")),
      ([0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7), .reachesPastTheEnd("a")),
      ([0x80, 0, 0, 0, 0x80] + [UInt8](repeating: 0, count: 7), .badSize),
      ([UInt8](repeating: 0xFF, count: 12), .badSize),
      ([0xBF] + [UInt8](repeating: 0xFF, count: 11), .badSize),
      (Array("0000000009 \u{0}".utf8), .badSize), (Array("-0000000001\u{0}".utf8), .badSize),
    ]
    for (size, expected) in sizes {
      #expect(problem(TarBytes.header("a", size: size) + TarBytes.end) == expected, "\(size)")
    }
    for size in ["9223372036854775807", "99999999999999999999", "1x", "-1"] {
      let bytes =
        TarBytes.member("x", TarBytes.record("size", size), type: "x") + TarBytes.header("a")
        + TarBytes.end
      #expect(
        problem(bytes)
          == (size == "9223372036854775807" ? .reachesPastTheEnd("a") : .badSize), "\(size)")
    }
  }

  @Test("every changed byte of a header is noticed")
  func checksums() {
    let header = TarBytes.header("a")
    // A zero or a space after the checksum is no part of it.
    let unnoticed = header.indices.filter { index in
      var changed = header
      changed[index] ^= 1
      return !(154..<156).contains(index) && problem(changed + TarBytes.end) == nil
    }
    #expect(unnoticed.isEmpty)
    #expect(problem([UInt8](repeating: 0x41, count: 512)) == .wrongChecksum)
  }

  @Test("malformed pax records are errors")
  func badPaxRecords() {
    for text in [
      "x", "5", "99 path=a\n", "0 path=a\n", "2 path=a\n", "3 =\n", "9 path=ab", "8 patha\n",
      "99999999999999999999 path=a\n", "-9 path=a\n", TarBytes.record("path", "a\u{0}b"),
    ] {
      let bytes = TarBytes.member("x", text, type: "x") + TarBytes.member("a") + TarBytes.end
      #expect(problem(bytes) == .badPaxRecords, "\(text.debugDescription)")
    }
  }

  @Test("extension headers and the number of members are limited")
  func limits() throws {
    let large = String(repeating: "a", count: 1 << 20 + 1)
    for type in "Lxg" {
      #expect(
        problem(TarBytes.member("x", large, type: type) + TarBytes.end)
          == .extensionTooLarge(limit: 1 << 20))
    }
    func named(_ count: Int) -> [UInt8] {
      TarBytes.member("x", String(repeating: "a", count: count) + "\u{0}", type: "L")
        + TarBytes.member("b") + TarBytes.end
    }
    #expect(problem(named(4096)) == nil)
    #expect(problem(named(4097)) == .nameTooLong(limit: 4096))
    let three = TarBytes.member("a") + TarBytes.member("b") + TarBytes.member("c") + TarBytes.end
    #expect(try list(three, memberLimit: 3).count == 3)
    #expect(throws: TarError.tooManyMembers(path: folder.path.appending("a.tar"), limit: 2)) {
      try list(three, memberLimit: 2)
    }
  }

  @Test("sparse files of both kinds are told, and what follows them is listed")
  func sparse() throws {
    // The first of two blocks with further holes says that there is another one.
    var header = TarBytes.header("s.jpg", count: 600, type: "S")
    header[482] = 1
    var holes = [UInt8](repeating: 0, count: 512)
    holes[504] = 1
    let old =
      TarBytes.withChecksum(header) + holes + [UInt8](repeating: 0, count: 512)
      + [UInt8](repeating: 1, count: 1024)
    let records =
      TarBytes.record("GNU.sparse.major", "1") + TarBytes.record("GNU.sparse.name", "t.jpg")
    let new =
      TarBytes.member("x", records, type: "x") + TarBytes.member("GNUSparseFile.0/t.jpg", "1")
    let members = try list(old + new + TarBytes.member("a", "1") + TarBytes.end)
    #expect(members.map(\.name) == ["s.jpg", "t.jpg", "a"])
    #expect(members.map(\.kind) == [.sparse, .sparse, .file])
    #expect(problem(TarBytes.withChecksum(header) + holes) == .endsEarly)
  }

  @Test("several archives may follow each other, and anything else after the end is an error")
  func concatenated() throws {
    let first = TarBytes.member("a") + TarBytes.end + [UInt8](repeating: 0, count: 4096)
    let second = TarBytes.member("b") + TarBytes.end
    #expect(try list(first + second).map(\.name) == ["a", "b"])
    #expect(problem(first + [UInt8](repeating: 7, count: 512)) == .dataAfterTheEnd)
  }

  @Test("what is no regular file is refused, and a message names the place")
  func notAFile() throws {
    let fifo = folder.fifo("fifo")
    #expect(throws: TarError.unreadable(.notAFile(path: fifo, kind: .fifo))) { try list(fifo) }
    let path = folder.file(Array("b.tar".utf8), TarBytes.member("a"))
    let error = #expect(throws: TarError.self) { try list(path) }
    #expect(error?.description == "\(path), byte 512: the archive ends early: it was cut short")
  }

  @Test("parts of a file are read to the front of the buffer, as far as there are any")
  func parts() throws {
    let file = try RandomAccessFile(opening: folder.file("parts", "0123456789"))
    var buffer: [UInt8] = [1]
    #expect(file.size == 10)
    #expect(try file.read(at: 3, count: 4, into: &buffer) == 4)
    #expect(buffer == Array("3456".utf8))
    #expect(try file.read(at: 8, count: 4, into: &buffer) == 2)
    #expect(buffer == Array("8956".utf8))
    #expect(try file.read(at: 11, count: 1, into: &buffer) == 0)
  }
}
