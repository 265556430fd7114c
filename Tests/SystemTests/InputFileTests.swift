import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct InputFileTests {
  let folder = TemporaryFolder()

  private func failure(_ path: RawPath, limit: Int = 1 << 20) -> SystemError? {
    do {
      _ = try readFile(path, limit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test("a file is read whole, an empty one too, up to the limit and not a byte more")
  func whole() throws {
    let contents = [UInt8]((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let path = folder.file(Array("big".utf8), contents)
    #expect(try readFile(path, limit: contents.count) == contents)
    #expect(
      failure(path, limit: contents.count - 1)
        == .tooLarge(path: path, limit: contents.count - 1))
    #expect(try readFile(folder.file("empty", ""), limit: 0) == [])
  }

  @Test("of what is not wanted only the beginning is read")
  func unwanted() throws {
    let path = folder.file(Array("big".utf8), [UInt8](repeating: 7, count: 200_000))
    var buffer: [UInt8] = []
    var seen: [Int] = []
    let count = try InputFile(opening: path).read(into: &buffer, limit: 100_000) { beginning in
      seen.append(beginning.count)
      return false
    }
    #expect(seen == [4096] && count == 4096 && buffer.count < 100_000)
    #expect(throws: SystemError.tooLarge(path: path, limit: 100_000)) {
      _ = try InputFile(opening: path).read(into: &buffer, limit: 100_000) { _ in true }
    }
    let short = folder.file("short", "brief")
    #expect(
      try InputFile(opening: short).read(into: &buffer, limit: 100) { $0.count != 5 } == 5)
  }

  @Test("a buffer that was used before gives no stale bytes")
  func reuse() throws {
    let long = folder.file("long", "long contents")
    let short = folder.file("short", "brief")
    var buffer: [UInt8] = []
    #expect(try InputFile(opening: long).read(into: &buffer, limit: 100) == 13)
    #expect(try InputFile(opening: short).read(into: &buffer, limit: 100) == 5)
    #expect(buffer[..<5].elementsEqual("brief".utf8))
  }

  @Test("a file whose size says nothing is read to its end")
  func sizeless() throws {
    #if os(Linux)
      let status = try readFile("/proc/self/status", limit: 1 << 20)
      #expect(String(decoding: status, as: UTF8.self).contains("VmHWM:"))
    #endif
  }

  @Test("whatever is not a file is refused at once, a FIFO without a writer too")
  func specialFiles() throws {
    let fifo = folder.fifo("fifo.jpg")
    #expect(failure(fifo) == .notAFile(path: fifo, kind: .fifo))
    #expect(failure(folder.path) == .notAFile(path: folder.path, kind: .directory))
    #expect(failure("/dev/zero") == .notAFile(path: "/dev/zero", kind: .characterDevice))
    let link = folder.link("link.jpg", to: "fifo.jpg")
    #expect(failure(link) == .notAFile(path: link, kind: .fifo))
    #expect(throws: SystemError.self) { try MappedFile(fifo) }
  }

  @Test("a socket is refused as one")
  func socketFile() throws {
    let path = folder.path.appending("socket.jpg")
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.bytes) }
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    #expect(failure(path) == .notAFile(path: path, kind: .socket))
  }

  @Test("missing files, loops and names with a zero byte fail with their error number")
  func missing() {
    #expect(failure(folder.path.appending("none"))?.code == ENOENT)
    #expect(failure("")?.code == ENOENT)
    #expect(failure(folder.file("file").appending("below"))?.code == ENOTDIR)
    #expect(failure(folder.link("loop", to: "loop"))?.code == ELOOP)
    #expect(failure(RawPath([0x61, 0, 0x62]))?.code == EINVAL)
  }

  @Test("a file without permission says so", .enabled(if: !isRoot))
  func permission() {
    let path = folder.file("secret")
    folder.setMode(path, 0)
    #expect(failure(path)?.reason == "permission denied")
  }

  @Test("errors name the path and what was tried")
  func descriptions() {
    let error = SystemError.failed(operation: "open", path: "a.jpg", errno: ENOENT)
    #expect(error.description == "cannot open a.jpg: No such file or directory")
    #expect(error.reason == "no such file or directory")
    #expect(
      SystemError.notAFile(path: "x", kind: .fifo).description == "x is a FIFO, not a file")
  }

  @Test("a mapping gives the file's bytes, also after the file was removed")
  func mapping() throws {
    let path = folder.file("mapped", "weights")
    let mapped = try MappedFile(path)
    call(path) { _ = unsafe unlink($0) }
    #expect(mapped.count == 7)
    let bytes = unsafe Array(mapped.bytes)
    #expect(bytes.elementsEqual("weights".utf8))
    #expect(try MappedFile(folder.file("nothing", "")).count == 0)
  }

  @Test("a path that is not UTF-8 is opened")
  func rawName() throws {
    // File systems that demand UTF-8 (APFS) cannot hold such a name.
    #if os(Linux)
      let path = folder.file([0x62, 0xFE, 0xFF], [1, 2])
      #expect(try readFile(path, limit: 10) == [1, 2])
    #endif
  }
}
