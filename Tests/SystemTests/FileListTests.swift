import System
import Testing
import Threads

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct FileListTests {
  let folder = TemporaryFolder()

  private func entries(_ contents: [UInt8], _ separator: ListSeparator) throws -> [FileList.Next] {
    let path = folder.file(Array("list".utf8), contents)
    let list = try FileList(path, separator: separator, stop: StopFlag())
    var entries: [FileList.Next] = []
    while true {
      let next = list.next(waiting: true)
      if next == .end { return entries }
      entries.append(next)
    }
  }

  @Test("lines are paths as they stand; empty ones are skipped; the last needs no end")
  func lines() throws {
    #expect(
      try entries(Array("a b.jpg\n\n 'q'.png\r\nlast".utf8), .newline)
        == [.path("a b.jpg"), .path(" 'q'.png"), .path("last")])
    #expect(try entries([0xEF, 0xBB, 0xBF] + Array("a\r\n".utf8), .newline) == [.path("a")])
    #expect(try entries(Array("a\r\0b".utf8), .nul) == [.path("a\r"), .path("b")])
    #expect(
      try entries([0xFF, 0xFE] + Array("a\0\n\0".utf8), .newline)
        == [.failed(.utf16Text(path: folder.path.appending("list")))])
    #expect(try entries([], .newline) == [])
    #expect(try entries([0xFF, 0x0A], .newline) == [.path(RawPath([0xFF]))])
  }

  @Test("with NUL between them paths may hold line ends")
  func nul() throws {
    #expect(try entries(Array("a\nb\0c\0".utf8), .nul) == [.path("a\nb"), .path("c")])
  }

  @Test("lines that hold a null byte end the list with an error, after the paths before them")
  func nullBytes() throws {
    let error = FileList.Next.failed(.nullBytes(path: folder.path.appending("list")))
    #expect(try entries(Array("a\0b\0".utf8), .newline) == [error])
    #expect(try entries(Array("a\nb\0c\nd".utf8), .newline) == [.path("a"), error])
    #expect(try entries([UInt8](repeating: 0x61, count: 60_000) + [0], .newline) == [error])
  }

  @Test("a long list comes whole, and an endless entry ends it with an error")
  func long() throws {
    let names = (0..<20_000).map { "folder/picture number \($0).jpg" }
    let list = try entries(Array(names.joined(separator: "\n").utf8), .newline)
    #expect(list == names.map { .path(RawPath($0)) })
    let endless = try entries([UInt8](repeating: 0x61, count: 1 << 17), .newline)
    #expect(endless.count == 1)
    guard case .failed(.tooLarge) = endless.first else {
      Issue.record("expected an error, not \(endless)")
      return
    }
  }

  @Test("a path that has not arrived yet is waited for only when asked; stopping ends the wait")
  func trickle() throws {
    let path = folder.fifo("pipe")
    let stop = StopFlag()
    let list = try FileList(path, separator: .newline, stop: stop)
    let number = call(path) { unsafe open($0, O_WRONLY) }
    defer { close(number) }
    #expect(list.next(waiting: false) == .notYet)
    _ = unsafe write(number, "half", 4)
    #expect(list.next(waiting: false) == .notYet)
    _ = unsafe write(number, "way\nrest", 8)
    #expect(list.next(waiting: false) == .path("halfway"))
    #expect(list.next(waiting: false) == .notYet)
    let stopper = try WorkerThread {
      usleep(20_000)
      stop.raise()
    }
    #expect(list.next(waiting: true) == .end)
    stopper.join()
  }

  @Test("a directory is no list")
  func directory() {
    #expect(throws: SystemError.notAFile(path: folder.path, kind: .directory)) {
      _ = try FileList(folder.path, separator: .newline, stop: StopFlag())
    }
  }
}
