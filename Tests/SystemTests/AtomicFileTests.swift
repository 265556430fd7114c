import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct AtomicFileTests {
  let folder = TemporaryFolder()

  @Test("nothing is seen of a file before it is committed, and nothing is left behind")
  func commit() throws {
    let path = folder.file("out", "old")
    let output = try openOutput(path)
    try output.write("new ")
    #expect(folder.text(path) == "old")
    #expect(folder.names.count == 2)
    try output.write("text")
    try output.commit()
    #expect(folder.text(path) == "new text")
    #expect(folder.names == ["out"])
  }

  @Test("the beginning can be written again, and writing goes on at the end")
  func overwrite() throws {
    let path = folder.path.appending("out")
    let output = try AtomicFile(path)
    try output.write("0 rows: a")
    try output.overwrite(Array("2".utf8).span, at: 0)
    try output.write("b")
    try output.commit()
    #expect(folder.text(path) == "2 rows: ab")
  }

  @Test("a file that must be new takes the place of no other")
  func new() throws {
    let path = folder.path.appending("out")
    let first = try AtomicFile(path, isNew: true)
    let second = try AtomicFile(path, isNew: true)
    try first.write("first")
    try second.write("second")
    try first.commit()
    let error = #expect(throws: SystemError.self) { try second.commit() }
    #expect(error?.isExistingFile == true)
    #expect(folder.text(path) == "first" && folder.names == ["out"])
    #expect(throws: SystemError.self) { try AtomicFile(path, isNew: true) }
    #expect(folder.names == ["out"])
  }

  @Test("an abandoned or forgotten file leaves everything as it was")
  func abandon() throws {
    let path = folder.path.appending("out")
    let output = try AtomicFile(path)
    try output.write("half")
    output.abandon()
    #expect(folder.names == [])
    try AtomicFile(path).write("half")
    #expect(folder.names == [])
  }

  @Test("a file keeps its permissions, a new one gets what the umask leaves")
  func permissions() throws {
    let old = folder.file("old")
    folder.setMode(old, 0o640)
    try AtomicFile(old).commit()
    #expect(folder.mode(old) == 0o640)
    let plain = folder.path.appending("plain")
    let new = folder.path.appending("new")
    close(call(plain) { unsafe open($0, O_CREAT | O_WRONLY, 0o666) })
    try AtomicFile(new).commit()
    #expect(folder.mode(new) == folder.mode(plain))
  }

  @Test("a link stays a link, a dangling one too; what it leads to is replaced")
  func links() throws {
    folder.folder("data")
    let real = folder.file("data/real", "old")
    let link = folder.link("link", to: "data/real")
    let output = try openOutput(link)
    try output.write("new")
    try output.commit()
    #expect(folder.text(real) == "new")
    #expect(try FileStatus(of: link, followingLinks: false).kind == .other)
    try AtomicFile(folder.link("dangling", to: "data/later")).commit()
    #expect(folder.text(folder.path.appending("data/later")) == "")
    #expect(throws: SystemError.self) { try AtomicFile(folder.link("loop", to: "loop")) }
  }

  @Test("targets that cannot be written are refused before anything is done")
  func refusals() throws {
    #expect(throws: SystemError.failed(operation: "write", path: folder.path, errno: EISDIR)) {
      _ = try openOutput(folder.path)
    }
    let missing = folder.path.appending("none/out")
    #expect(throws: SystemError.failed(operation: "create", path: missing, errno: ENOENT)) {
      _ = try openOutput(missing)
    }
    if !isRoot {
      let locked = folder.file("locked")
      folder.setMode(locked, 0o444)
      #expect(throws: SystemError.failed(operation: "write", path: locked, errno: EACCES)) {
        _ = try openOutput(locked)
      }
    }
    #expect(!folder.names.contains { $0.hasPrefix(".alexnet") })
  }

  @Test("a FIFO or a device is written straight")
  func direct() throws {
    let path = folder.fifo("pipe")
    let reader = call(path) { unsafe open($0, O_RDONLY | O_NONBLOCK) }
    let output = try openOutput(path)
    try output.write("hello")
    try output.commit()
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(unsafe read(reader, &bytes, 16) == 5)
    Signals.ignoreBrokenPipes()
    close(reader)
    let error = #expect(throws: SystemError.self) { try output.write("x") }
    #expect(error?.isBrokenPipe == true)
    #expect(folder.names == ["pipe"])
    try openOutput("/dev/null").write("x")
    if let full = try? openOutput("/dev/full") {
      #expect(throws: SystemError.self) { try full.write("x") }
    }
  }

  @Test("temporary files of ended processes are removed, and nothing else")
  func removesTemporaryFiles() throws {
    let unfinished = try AtomicFile(folder.path.appending("out"))
    #expect(folder.names.count == 1)
    for name in [".alexnet-notes", "alexnet-1.tmp", ".hidden", "photo.jpg"] { folder.file(name) }
    folder.folder(".alexnet-folder.tmp")
    try removeTemporaryFiles(in: folder.path)
    #expect(
      folder.names
        == [".alexnet-folder.tmp", ".alexnet-notes", ".hidden", "alexnet-1.tmp", "photo.jpg"])
    unfinished.abandon()
  }

  @Test("a lock that is held is not waited for where that is not wanted")
  func locksWithoutWaiting() throws {
    let path = folder.path.appending("lock")
    do {
      let first = try FileLock.withoutWaiting(path)
      let second = try FileLock.withoutWaiting(path)
      let (isFirstLocked, isSecondLocked) = (first != nil, second != nil)
      #expect(isFirstLocked && !isSecondLocked)
    }
    let third = try FileLock.withoutWaiting(path)
    let isThirdLocked = third != nil
    #expect(isThirdLocked)
  }
}
