import Foundation
import Images
import Kernels
import Search
import System
import TemporaryFolder
import Testing
import Threads

/// What an update reads again, keeps and drops; and that an updated index is what a new one is.
@Suite struct IndexUpdateTests {
  private let folder: TemporaryFolder
  private var root: RawPath { folder.path.appending("photos") }

  init() throws {
    folder = try TemporaryFolder()
    try makeFolder(folder.path.appending("photos/more"))
    for (name, bytes) in [("a.jpg", [1]), ("b.png", [2, 2]), ("more/c.jpg", [3, 3, 3])]
      as [(String, [UInt8])]
    {
      try folder.write(bytes, to: root.appending(name))
      // Some file systems store times in steps of milliseconds.
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)],
        ofItemAtPath: root.appending(name).repaired)
    }
    try folder.write([0], to: root.appending("notes.txt"))
  }

  /// A digest that tests can compute: the bytes, filled up.
  private func digest(_ path: RawPath) -> [UInt8]? {
    (try? readFile(path, limit: 32)).map { $0 + [UInt8](repeating: 0, count: 32 - $0.count) }
  }

  private func plan(
    _ inputs: [RawPath], old: FeatureIndex?, keepsMissing: Bool = false
  ) throws -> IndexPlan {
    try IndexPlan(
      inputs, old: old, keepsMissing: keepsMissing,
      walk: { DirectoryWalk($0, extensions: ["jpg", "png"]) }, stop: StopFlag(), digest: digest)
  }

  /// Does what a plan says, with made-up features.
  private func index(_ plan: IndexPlan, old: FeatureIndex?) throws -> FeatureIndex {
    let builder = try IndexBuilder(
      SyntheticPhotos.description, element: .int8, length: 3, old: old,
      spoolBeside: folder.path.appending("x.index"), pool: WorkerPool(threads: 1))
    for (row, photo) in plan.kept { builder.keep(row: row, photo) }
    for photo in plan.toRead {
      let content = try #require(digest(photo.path))
      try builder.add(
        IndexedPhoto(
          path: photo.path, size: PixelSize(width: 1, height: 1), byteCount: photo.status.size,
          modified: photo.status.modified, digest: content),
        values: [1, Float(content[0]), Float(photo.status.size)])
    }
    return try openIndex(builder.bytes())
  }

  private func names(_ index: FeatureIndex) -> [String] {
    (0..<index.count).map { String(decoding: index.path($0).lastComponent, as: UTF8.self) }
  }

  private func names(_ photos: [IndexPlan.Photo]) -> [String] {
    photos.map { String(decoding: $0.path.lastComponent, as: UTF8.self) }
  }

  @Test("a first plan reads everything, and a second one nothing")
  func unchanged() throws {
    let first = try plan([root], old: nil)
    #expect(names(first.toRead) == ["a.jpg", "b.png", "c.jpg"] && first.passedOver.count == 1)
    let made = try index(first, old: nil)
    let second = try plan([root], old: made)
    #expect(second.toRead.isEmpty && second.kept.map(\.row) == [0, 1, 2])
    #expect(second.removed == 0 && !second.hasNewTimes)
    // The same photos under other spellings of their paths, and twice.
    let spelled = try plan(
      [
        folder.path.appending("./photos//"), root.appending("a.jpg"),
        root.appending("more/./c.jpg"),
      ], old: made)
    #expect(spelled.toRead.isEmpty && spelled.kept.count == 3)
  }

  @Test("new and changed files are read, those that are gone leave, and the others keep their rows")
  func changes() throws {
    let old = try index(plan([root], old: nil), old: nil)
    try folder.write([9], to: root.appending("d.jpg"))
    try folder.write([2, 2, 2], to: root.appending("b.png"))
    try removeFile(root.appending("a.jpg"))
    let update = try plan([root], old: old)
    #expect(names(update.toRead) == ["b.png", "d.jpg"])
    #expect(update.toRead.map(\.oldRow) == [1, nil])
    #expect(update.removed == 1 && update.kept.map(\.row) == [2])
    let new = try index(update, old: old)
    #expect(names(new) == ["c.jpg", "b.png", "d.jpg"])
    let fresh = try index(plan([root], old: nil), old: nil)
    for row in 0..<3 {
      let other = try #require((0..<3).first { fresh.path($0) == new.path(row) })
      #expect(new.photo(row) == fresh.photo(other))
      #expect(new.rows.row(row) == fresh.rows.row(other))
    }
  }

  @Test("a file with a new time is read again only if its contents have changed")
  func touched() throws {
    var old = try index(plan([root], old: nil), old: nil)
    // The same size and contents, later.
    try folder.write([1], to: root.appending("a.jpg"))
    // The same size, other contents.
    try folder.write([7, 7], to: root.appending("b.png"))
    let update = try plan([root], old: old)
    #expect(names(update.toRead) == ["b.png"])
    #expect(update.hasNewTimes && update.kept.map(\.row) == [0, 2])
    old = try index(update, old: old)
    #expect(try plan([root], old: old).hasNewTimes == false)
  }

  @Test("photos outside of the inputs stay while they exist, and missing ones on request")
  func outside() throws {
    let old = try index(plan([root], old: nil), old: nil)
    let only = try plan([root.appending("more")], old: old)
    #expect(only.kept.count == 3 && only.toRead.isEmpty && only.removed == 0)
    try removeFile(root.appending("more/c.jpg"))
    let keeping = try plan([root], old: old, keepsMissing: true)
    #expect(keeping.kept.count == 3 && keeping.removed == 0 && keeping.missing == 1)
    #expect(try plan([root], old: old).removed == 1)
  }

  @Test("an input that does not exist is a failure, and other inputs are read")
  func missingInput() throws {
    let first = try plan([folder.path.appending("nowhere"), root], old: nil)
    #expect(first.failures.count == 1 && first.failures[0].error.isNotFound)
    #expect(first.toRead.count == 3)
  }

  @Test("where a folder that was searched is gone, as a disk that is not mounted, its photos stay")
  func goneFolder() throws {
    let old = try index(plan([root], old: nil), old: nil)
    try FileManager.default.removeItem(atPath: root.repaired)
    let update = try plan([root], old: old)
    #expect(update.failures.map(\.path) == [root])
    #expect(update.kept.count == 3 && update.missing == 3 && update.removed == 0)
    // Without the folder among the inputs, they leave as usual.
    #expect(try plan([folder.path], old: old).removed == 3)
  }

  @Test("sketches stay valid while an index grows, shrinks, and learns directions anew")
  func growing() throws {
    let data = SyntheticPhotos(count: 700, length: 48)
    var old: FeatureIndex?
    for (kept, end) in [(0..<0, 100), (0..<100, 180), (30..<180, 699), (0..<600, 700)] {
      let builder = try IndexBuilder(
        SyntheticPhotos.description, element: .int8, length: 48, old: old,
        settings: SyntheticPhotos.smallSketches, spoolBeside: nil, pool: WorkerPool(threads: 2))
      if let old { for row in kept { builder.keep(row: row, old.photo(row)) } }
      let first = old?.count ?? 0
      for row in first..<max(first, end) {
        try builder.add(data.photos[row], values: data.features[row])
      }
      let index = try openIndex(builder.bytes())
      old = index
      // The same photos in an index without sketches.
      let plain = try IndexBuilder(
        SyntheticPhotos.description, element: .int8, length: 48, old: index, spoolBeside: nil,
        pool: WorkerPool(threads: 1))
      for row in 0..<index.count { plain.keep(row: row, index.photo(row)) }
      let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
      let other = NeighbourSearch(try openIndex(plain.bytes()), pool: WorkerPool(threads: 1))
      for query in data.features[..<5] {
        #expect(
          search.neighbours(of: search.query(query), count: 20)
            == other.neighbours(of: other.query(query), count: 20))
      }
    }
  }
}
