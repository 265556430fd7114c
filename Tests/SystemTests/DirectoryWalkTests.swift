import System
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let imageExtensions = ["jpg", "jpeg", "jpe", "jfif", "png"]

@Suite struct DirectoryWalkTests {
  let folder = TemporaryFolder()

  /// Everything below the folder, paths relative to it.
  private func walk() -> (entries: [String], otherFiles: Int) {
    let walk = DirectoryWalk(folder.path, extensions: imageExtensions)
    var entries: [String] = []
    while let entry = walk.next() {
      switch entry {
      case .file(let path):
        entries.append(RawPath(path.bytes.dropFirst(folder.path.bytes.count + 1)).repaired)
      case .unreadable(let path, _): entries.append("unreadable " + path.repaired)
      }
    }
    return (entries, walk.otherFiles)
  }

  @Test("files come sorted by their whole path, byte by byte, hidden and foreign ones left out")
  func order() {
    folder.folder("a")
    folder.folder("a-b")
    folder.folder(".hidden")
    for name in [
      "a/x.jpg", "a-b/y.PNG", "a.jpeg", "a/.dot.jpg", "Z.jfif", "z.jpe", ".hidden/h.jpg",
      "notes.txt", "a/b.gif", "jpg", "a.jpg.bak",
    ] { folder.file(name) }
    let (entries, others) = walk()
    #expect(entries == ["Z.jfif", "a-b/y.PNG", "a.jpeg", "a/x.jpg", "z.jpe"])
    #expect(entries == entries.sorted { RawPath($0) < RawPath($1) })
    #expect(others == 4)
  }

  @Test("links are followed, and each directory is entered once, so loops end")
  func links() {
    folder.folder("deep")
    folder.file("deep/x.jpg")
    folder.link("deep/up.jpg", to: "..")
    folder.link("again", to: "deep")
    folder.link("self", to: ".")
    folder.link("picture.png", to: "deep/x.jpg")
    folder.link("gone.jpg", to: "nowhere")
    folder.link("gone.txt", to: "nowhere")
    let (entries, others) = walk()
    #expect(entries == ["again/x.jpg", "gone.jpg", "picture.png"])
    #expect(others == 1)
  }

  @Test("special files with an image's name are entries, others are counted")
  func specialFiles() {
    folder.fifo("pipe.jpg")
    folder.fifo("pipe")
    #expect(walk() == (["pipe.jpg"], 1))
  }

  @Test("a directory that cannot be listed is reported", .enabled(if: !isRoot))
  func unreadable() {
    folder.setMode(folder.folder("closed"), 0)
    folder.file("open.jpg")
    #expect(walk().entries == ["unreadable \(folder.path)/closed", "open.jpg"])
  }

  @Test("a root that is no directory is reported")
  func noDirectory() {
    let path = folder.path.appending("none")
    let walk = DirectoryWalk(path, extensions: imageExtensions)
    #expect(
      walk.next()
        == .unreadable(path, .failed(operation: "open", path: path, errno: ENOENT)))
    #expect(walk.next() == nil)
  }

  @Test("names that are not UTF-8 come through unchanged")
  func rawNames() {
    #if os(Linux)
      let path = folder.file([0xFF, 0x2E, 0x6A, 0x70, 0x67], [1])
      #expect(DirectoryWalk(folder.path, extensions: imageExtensions).next() == .file(path))
    #endif
  }

  @Test("a large directory comes whole and in order")
  func large() {
    for index in 0..<5000 { folder.file("\(index).jpg", "") }
    let (entries, _) = walk()
    #expect(entries.count == 5000)
    #expect(entries == entries.sorted { RawPath($0) < RawPath($1) })
  }
}
