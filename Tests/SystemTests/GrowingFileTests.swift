import System
import Testing

@Suite struct GrowingFileTests {
  let folder = TemporaryFolder()

  @Test("a file grows over several openings, is read whole, and can be cut")
  func appending() throws {
    let path = folder.path.appending("part")
    do {
      var file = try AppendingFile(path)
      #expect(file.size == 0)
      try file.append(Array("one ".utf8).span)
      try file.append(Array("two".utf8).span)
    }
    var file = try AppendingFile(path)
    #expect(file.size == 7)
    var bytes: [UInt8] = []
    try file.readAll { part in for index in part.indices { bytes.append(part[index]) } }
    #expect(String(decoding: bytes, as: UTF8.self) == "one two")
    try file.truncate(to: 4)
    try file.append(Array("three".utf8).span)
    #expect(folder.text(path) == "one three")
    let folderPath = folder.path
    #expect(throws: SystemError.self) { _ = try AppendingFile(folderPath) }
  }

  @Test("a file of others in the place of a lock stays, and is an error")
  func foreignLock() throws {
    let path = folder.file("x.lock", "mine")
    #expect(throws: SystemError.notALock(path: path)) { _ = try FileLock.withoutWaiting(path) }
    #expect(folder.text(path) == "mine")
  }

  @Test("a lock is held by one at a time, and its file goes with it")
  func locking() throws {
    let path = folder.path.appending("x.lock")
    let stop = StopFlag()
    stop.raise()
    var waited = false
    do {
      let lock = try FileLock(path)
      #expect(throws: SystemError.stopped) {
        _ = try FileLock(path, stop: stop) { waited = true }
      }
      extendLifetime(lock)
    }
    #expect(folder.names == [])
    #expect(!waited)
    // The stop flag is not read where the lock is free.
    _ = try FileLock(path, stop: stop) { waited = true }
    #expect(!waited)
  }

  @Test("who waits for a lock is told so once, and has it when its holder lets go")
  func waiting() throws {
    let path = folder.path.appending("x.lock")
    let holder = HeldLock(try FileLock(path))
    var calls = 0
    let lock = try FileLock(path) {
      calls += 1
      holder.release()
    }
    #expect(calls == 1 && folder.names == ["x.lock"])
    extendLifetime(lock)
  }

  @Test("folders are made with all above them, and files renamed over others")
  func folders() throws {
    let deep = folder.path.appending("a").appending("b").appending("c")
    try makeFolder(deep)
    try makeFolder(deep)
    #expect(try FileStatus(of: deep).kind == .directory)
    let file = folder.file("old", "text")
    try renameFile(file, to: deep.appending("new"))
    #expect(folder.text(deep.appending("new")) == "text")
    try removeFile(deep.appending("new"))
    #expect(throws: SystemError.self) { try removeFile(deep.appending("new")) }
    let blocked = folder.file("blocked", "")
    #expect(throws: SystemError.self) { try makeFolder(blocked.appending("below")) }
    #expect(throws: SystemError.self) { try makeFolder(blocked) }
  }
}

/// A lock that can be let go of.
private final class HeldLock {
  private var lock: FileLock?

  init(_ lock: consuming FileLock) {
    self.lock = consume lock
  }

  func release() {
    lock = nil
  }
}
